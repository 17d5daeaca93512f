"""Opens a mini-app for a person: the launch token for its backend, and the exchanged token for its page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import assurance, clock, tokens
from hanoismart.ids import new_id
from identity.api import tokens as app_tokens
from identity.api.mandates import ActFor, MandateKind, MandateMissing
from kernel.access import Caller, StepUpRequired
from kernel.settings import settings
from plugins.keys import signing_key
from plugins.launch import asking, telegram
from plugins.launch.models import Launch
from plugins.pages import addresses
from plugins.registry import serving
from plugins.registry.live import LiveApp
from plugins.registry.models import OpenedApp


@dataclass(frozen=True, slots=True)
class Opened:
    """What the host needs to show the app. Both lifetimes in seconds; `start_page` is the manifest's first page.

    `launch_token` is what the page hands to its backend: a launch token (`launch_grammar` jwt), or where the manifest asks for it launch
    data in Telegram's grammar. `page_base` is where the version's files stand, `frame_origin` what its messages come from.
    """

    app_id: str
    version_code: int
    ui: str
    start_page: str
    start_param: str | None
    launch_token: str
    launch_grammar: str
    launch_expires_in: int
    access_token: str
    expires_in: int
    scopes: list[str]
    gateway: str
    page_base: str
    frame_origin: str


async def open_app(
    session: AsyncSession, caller: Caller, app_id: str, *, locale: str, start_param: str | None, act_for: ActFor | None = None
) -> Opened:
    """`act_for`: the mandate, looked at just now, under which the app is opened; a power of attorney must name the app.

    Raises AppNotFound, AppSuspended, StepUpRequired, ConsentRequired, MandateMissing.
    """
    app = await serving.served(session, app_id, person_id=caller.person)
    minimum = assurance.level(assurance.minimum_acr(app.manifest.hs.min_assurance))
    if caller.acr < minimum:
        raise StepUpRequired(minimum)
    if act_for is not None and act_for.kind is MandateKind.DELEGATOR and app_id not in act_for.roles:
        raise MandateMissing
    await asking.require(session, app.manifest, await asking.pending(session, app, caller.person))
    scopes = await asking.agreed(session, app, caller.person)
    issued = await app_tokens.exchange(session, caller, app_id=app_id, sector=app.sector, scopes=scopes, epoch=app.epoch, act_for=act_for)
    acting = _Acting(await app_tokens.named(session, act_for, app.sector), act_for.roles, act_for.until) if act_for else _Acting()
    shown = _Shown(issued.sub, scopes, locale, start_param, acting)
    launch_token, launch_expires_in = await _launch(session, caller, app, shown)
    await _note(session, app_id, caller.person)
    return Opened(
        app_id=app_id,
        version_code=app.version_code,
        ui=app.manifest.hs.ui,
        start_page=app.manifest.pages[0],
        start_param=start_param,
        launch_token=launch_token,
        launch_grammar="telegram" if app.manifest.hs.telegram_launch else "jwt",
        launch_expires_in=launch_expires_in,
        access_token=issued.token,
        expires_in=issued.expires_in,
        scopes=sorted(scopes),
        gateway=f"/v1/gw/{app_id}",
        page_base=addresses.page_base(app_id, app.version_code),
        frame_origin=addresses.frame_origin(app_id),
    )


@dataclass(frozen=True, slots=True)
class _Acting:
    name: str | None = None
    roles: frozenset[str] = frozenset()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the launch token tells the backend."""

    sub: str
    scopes: frozenset[str]
    locale: str
    start_param: str | None
    acting: _Acting


async def _launch(session: AsyncSession, caller: Caller, app: LiveApp, shown: _Shown) -> tuple[str, int]:
    """What the backend is told, and for how many seconds; never longer than the mandate."""
    issued_at, jti = clock.now().replace(microsecond=0), new_id()
    expires_at = issued_at + timedelta(seconds=tokens.LAUNCH_SECONDS)
    if shown.acting.until is not None:
        expires_at = min(expires_at, max(shown.acting.until.replace(microsecond=0), issued_at + timedelta(seconds=1)))
    session.add(Launch(id=jti, app_id=app.app_id, version_code=app.version_code, person_id=caller.person, expires_at=expires_at))
    await session.flush()
    seconds = int((expires_at - issued_at).total_seconds())
    if app.manifest.hs.telegram_launch:
        told = telegram.Told(shown.sub, shown.scopes, shown.locale, shown.start_param, jti, issued_at)
        return await telegram.launch_data(session, app, caller.person, told), seconds
    grant = tokens.Grant(
        issuer=settings().public_url,
        app_id=app.app_id,
        subject=shown.sub,
        acr=assurance.acr_of(caller.acr),
        scopes=shown.scopes,
        act_for=shown.acting.name,
        roles=shown.acting.roles,
        jti=str(jti),
        issued_at=issued_at,
        expires_at=expires_at,
    )
    launch = tokens.Launch(grant=grant, subject=shown.sub, locale=shown.locale, start_param=shown.start_param)
    return tokens.sign_launch(launch, await signing_key(session)), seconds


async def _note(session: AsyncSession, app_id: str, person_id: UUID) -> None:
    moment = clock.now()
    row = insert(OpenedApp).values(person_id=person_id, app_id=app_id, declined={}, first_opened_at=moment, last_opened_at=moment)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=[OpenedApp.person_id, OpenedApp.app_id],
            set_={"last_opened_at": moment, "first_opened_at": func.coalesce(OpenedApp.first_opened_at, moment)},
        )
    )
