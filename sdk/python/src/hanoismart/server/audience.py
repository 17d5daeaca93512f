"""Who may call a route: an audience is named by every route, and admits the request or refuses it."""

from typing import ClassVar, Protocol

from fastapi import Request


class Audience(Protocol):
    """`name` is published in the OpenAPI document as `x-audience`; `security` lists the security schemes that satisfy it."""

    @property
    def name(self) -> str: ...

    @property
    def security(self) -> list[dict[str, list[str]]]: ...

    async def admit(self, request: Request) -> None:
        """Let the request pass, or raise a Problem."""
        ...


class Anyone:
    """No sign-in asked."""

    name: ClassVar[str] = "anyone"
    security: ClassVar[list[dict[str, list[str]]]] = []

    async def admit(self, request: Request) -> None:  # noqa: ARG002 (the protocol's signature)
        return None
