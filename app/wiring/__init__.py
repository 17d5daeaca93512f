"""Who reacts to what: every reaction of the house, a page per package that tells a fact."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

_installed = False


def install() -> None:
    """Register every reaction and every job, once per process."""
    global _installed  # noqa: PLW0603 (registration is once per process by nature)
    if _installed:
        return
    _installed = True
    from app.wiring import registrations

    registrations.install()


@asynccontextmanager
async def beside_requests(_process: Any) -> AsyncIterator[None]:
    """What a web process runs beside its requests."""
    yield
