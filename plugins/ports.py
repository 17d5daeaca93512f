"""What plugins need from above: the ASGI apps of backends that run in this process."""

from typing import Protocol

from starlette.types import ASGIApp


class InProcessBackends(Protocol):
    def app(self, app_id: str) -> ASGIApp | None:
        """The backend of a first-party mini-app, or None where this process does not hold it."""
        ...


class NoBackends:
    """A process that holds none."""

    def app(self, app_id: str) -> ASGIApp | None:  # noqa: ARG002 (the protocol's signature)
        return None
