"""The clients of the demo city."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.demo.devices.mobile import CLIENT_ID, REDIRECT, SCOPE
from hanoismart.text import Text
from identity.api import clients
from identity.api.clients import ClientKind, ClientSpec

MOBILE = ClientSpec(
    client_id=CLIENT_ID,
    name=Text(vi="Ứng dụng HanoiSmart", en="HanoiSmart app"),
    kind=ClientKind.PUBLIC,
    scopes=SCOPE.split(),
    redirect_uris=(REDIRECT, "http://[::1]/callback"),
    post_logout_redirect_uris=("http://127.0.0.1/signed-out",),
    first_party=True,
)


async def register_clients(session: AsyncSession) -> None:
    await clients.ensure(session, MOBILE)
