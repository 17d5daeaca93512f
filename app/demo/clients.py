"""The clients of the demo city."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from app.city import APP, CLI
from app.demo.devices.mobile import REDIRECT
from identity.api import clients

MOBILE = replace(APP, redirect_uris=(REDIRECT, "http://[::1]/callback"), post_logout_redirect_uris=("http://127.0.0.1/signed-out",))


async def register_clients(session: AsyncSession) -> None:
    await clients.ensure(session, MOBILE)
    await clients.ensure(session, CLI)
