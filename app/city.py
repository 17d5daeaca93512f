"""What every installation holds as data before its first resident comes: wards and their groups, rules, and the city's own app."""

from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.settings import AppSettings
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import clients, moderation, places
from identity.api.clients import ClientKind, ClientSpec, ClientState
from kernel.settings import settings
from social.api.groups import ensure_ward_group

APP: Final = ClientSpec(
    client_id="hanoismart-mobile",
    name=Text(vi="Ứng dụng HanoiSmart", en="HanoiSmart app"),
    kind=ClientKind.PUBLIC,
    scopes=("openid", "profile"),
    first_party=True,
)
"""The city's own app; where it may be sent back to differs by installation."""
CLI: Final = ClientSpec(
    client_id="hanoismart-cli",
    name=Text(vi="Lệnh hs của nhà phát triển", en="The developers' command hs"),
    kind=ClientKind.PUBLIC,
    scopes=("openid", "profile"),
    first_party=True,
    device_grant=True,
)
"""The command `hs`: signs developers in by a code they type on their phone; it is sent back nowhere."""
SHELL: Final = ClientSpec(
    client_id="hanoismart-shell",
    name=Text(vi="HanoiSmart trên web", en="HanoiSmart on the web"),
    kind=ClientKind.PUBLIC,
    scopes=("openid", "profile"),
    first_party=True,
)
"""The web shell: a public client in the person's browser, whose address is the installation's own."""
_EVERY_UNIT: Final = 1_000


async def found(database: Database, chosen: AppSettings) -> int:
    """Adds what is not there yet, in one transaction; how many rows of units and rules were new. Safe to run again, and twice at once.

    What staff changed since (a newer version of a rule, a client that was suspended) stays as they left it.
    """
    async with database.transaction() as session:
        added = await places.seed(session) + await moderation.seed(session)
        await _ward_groups(session)
        await _own_app(session, chosen)
        await ensure_shell(session)
        await clients.ensure(session, replace(CLI, state=await clients.state(session, CLI.client_id) or ClientState.ACTIVE))
    return added


async def _ward_groups(session: AsyncSession) -> None:
    for ward in await places.search(session, "", limit=_EVERY_UNIT):
        await ensure_ward_group(session, ward.id, Text(vi=f"Cư dân {ward.name}", en=f"Residents of {ward.name}"))


async def ensure_shell(session: AsyncSession) -> None:
    """The shell may sign people in; what staff changed about it since stays."""
    state = await clients.state(session, SHELL.client_id) or ClientState.ACTIVE
    await clients.ensure(session, replace(SHELL, redirect_uris=(f"{settings().public_url}/shell/signed-in",), state=state))


async def _own_app(session: AsyncSession, chosen: AppSettings) -> None:
    """Staff register partners; that a client is the city's own is for whoever runs the installation to say."""
    redirects = tuple(part.strip() for part in chosen.app_redirects.split(",") if part.strip())
    if redirects:
        state = await clients.state(session, APP.client_id) or ClientState.ACTIVE
        ends = tuple(part.strip() for part in chosen.app_signed_out.split(",") if part.strip())
        await clients.ensure(session, replace(APP, redirect_uris=redirects, post_logout_redirect_uris=ends, state=state))
