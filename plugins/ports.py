"""What plugins need from above: the ASGI apps of backends that run in this process, and a way to send mail."""

from typing import Protocol

from starlette.types import ASGIApp

from identity.api.notices import Channel


class Messenger(Protocol):
    """Brings a text to an address. Part `messenger` of a worker's resources."""

    async def send(self, channel: Channel, destination: str, subject: str, text: str) -> None:
        """Raises GiveUp where the channel is not set up, and whatever may be tried again."""
        ...


class InProcessBackends(Protocol):
    def app(self, app_id: str) -> ASGIApp | None:
        """The backend of a first-party mini-app, or None where this process does not hold it."""
        ...


class NoBackends:
    """A process that holds none."""

    def app(self, app_id: str) -> ASGIApp | None:  # noqa: ARG002 (the protocol's signature)
        return None
