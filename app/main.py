"""The web process: every package's app behind one dispatcher and one stack of middlewares."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Router as Lifespan
from starlette.types import ASGIApp, Receive, Scope, Send

from app import wiring
from app.composition import Process, compose
from app.routers import dispatch
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from kernel import telemetry
from kernel.http import stack
from kernel.settings import Settings, settings
from kernel.uploads import purposes
from kernel.uploads import routes as uploads


class Hub:
    """The ASGI application of a process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.app: ASGIApp = stack(
            dispatch(process),
            process.runtime,
            process.authenticator,
            https=process.settings.public_url.startswith("https://"),
            trusted_proxy=process.settings.trust_proxy,
            larger_bodies={uploads.PATH: purposes.largest()},
            log_format=process.settings.log_format if process.settings.log_requests else None,
        )
        process.hub_transport.app = self.app
        self._lifespan = Lifespan(lifespan=self._live)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        await self.app(scope, receive, send)

    @asynccontextmanager
    async def _live(self, _app: object) -> AsyncIterator[None]:
        async with self.open():
            yield

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Hub"]:
        """Start what runs beside requests, and stop it cleanly."""
        await prepare(self.process)
        self.process.revocations.start()
        self.process.gateway.start()
        self.process.changes.start()
        # Measured: fewer collections of long-lived objects save a fifth of the CPU of a request.
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        try:
            yield self
        finally:
            await self.process.streams.close()
            self.process.watches.close()
            await self.process.changes.stop()
            await self.process.gateway.close()
            await self.process.close()


async def prepare(process: Process) -> None:
    """Make what a process needs before its first request: the signing keys."""
    async with process.database.transaction() as session:
        for purpose in KeyPurpose:
            await keys.ring(session, purpose)
    await process.revocations.read()


def create_app(given: Settings | None = None) -> Hub:
    """The factory uvicorn calls. Raises UnsafeSettings or NoDatabase."""
    chosen = given or settings()
    telemetry.configure(chosen.log_format)
    wiring.install()
    return Hub(compose(chosen, application_name="hanoismart-web", hub_in_process=True))
