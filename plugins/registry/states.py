"""The steps a version and an app may take; every step is a fact, an audit row and a change that all processes hear of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.problems import Problem
from hanoismart.text import Text
from kernel.audit import record
from kernel.events import emit
from plugins.events import AppStateChanged, VersionStateChanged
from plugins.registry.catalogue import LANGUAGES, card
from plugins.registry.changes import changed
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.webhooks.service import tell

S = VersionState
STEPS: Final[Mapping[VersionState, frozenset[VersionState]]] = MappingProxyType(
    {
        S.DRAFT: frozenset({S.SUBMITTED}),
        S.SUBMITTED: frozenset({S.AUTO_FAILED, S.IN_REVIEW, S.DRAFT}),
        S.AUTO_FAILED: frozenset(),
        S.IN_REVIEW: frozenset({S.REJECTED, S.APPROVED, S.DRAFT}),
        S.REJECTED: frozenset({S.IN_REVIEW}),  # an appeal
        S.APPROVED: frozenset({S.WHITELIST, S.CANARY, S.LIVE, S.INELIGIBLE}),
        S.WHITELIST: frozenset({S.APPROVED, S.CANARY, S.LIVE, S.INELIGIBLE}),
        S.CANARY: frozenset({S.APPROVED, S.WHITELIST, S.LIVE, S.INELIGIBLE}),
        S.LIVE: frozenset({S.PREVIOUS, S.INELIGIBLE}),
        S.PREVIOUS: frozenset({S.LIVE, S.INELIGIBLE}),
        S.INELIGIBLE: frozenset(),
        S.REVOKED: frozenset(),
    }
)
"""What may follow what; every state may also be revoked."""
APP_STEPS: Final[Mapping[AppStatus, frozenset[AppStatus]]] = MappingProxyType(
    {
        AppStatus.DRAFT: frozenset({AppStatus.PUBLISHED, AppStatus.SUSPENDED}),
        AppStatus.PUBLISHED: frozenset({AppStatus.UNPUBLISHED, AppStatus.SUSPENDED}),
        AppStatus.UNPUBLISHED: frozenset({AppStatus.PUBLISHED, AppStatus.SUSPENDED}),
        AppStatus.SUSPENDED: frozenset({AppStatus.PUBLISHED, AppStatus.TERMINATED}),
        AppStatus.TERMINATED: frozenset(),
    }
)


class StepImpossible(Problem):
    code = "miniapps.step_impossible"
    status = 409
    title = Text(vi="Không thể chuyển sang trạng thái này", en="This step is not possible from here")


def may_become(state: VersionState, wanted: VersionState) -> bool:
    return wanted in STEPS[state] or (wanted is S.REVOKED and state is not S.REVOKED)


async def move(session: AsyncSession, version: Version, wanted: VersionState, *, actor: str, percent: int | None = None) -> None:
    """Take a version a step; `percent` is the canary's share. Raises StepImpossible, also where somebody else was faster."""
    was = version.state
    standing = await session.scalar(select(Version.state).where(Version.id == version.id).with_for_update())
    if standing is not was:
        raise StepImpossible(state=standing.value if standing is not None else was.value, wanted=wanted.value)
    if not may_become(was, wanted) and not (was is wanted is S.CANARY):
        raise StepImpossible(state=was.value, wanted=wanted.value)
    version.state, version.canary_percent = wanted, percent if wanted is S.CANARY else None
    if was is not wanted:
        version.state_since = now()
    await session.flush()
    if S.LIVE in {was, wanted}:
        await show(session, version)
    await stepped(session, version, actor)


async def show(session: AsyncSession, version: Version) -> None:
    """Bring the catalogue's cards of the app to what became of a version: its own while it is live, none when it no longer is."""
    manifest = manifest_of(version.manifest) if version.state is S.LIVE else None
    cards = {f"card_{locale}": None if manifest is None else card(manifest, locale) for locale in LANGUAGES}
    await session.execute(update(MiniApp).where(MiniApp.app_id == version.app_id).values(cards))


async def stepped(session: AsyncSession, version: Version, actor: str) -> None:
    """Tell everybody what became of a version."""
    app_id, code, state = version.app_id, version.code, version.state.value
    await record(session, actor=actor, action=f"miniapp.version_{state}", subject=f"miniapp:{app_id}", facts={"version": code})
    await emit(session, VersionStateChanged(app_id=app_id, version_code=code, state=state))
    data = {"app_id": app_id, "version_code": code, "version_name": version.name, "state": state}
    mark = f"{version.id} {state} {version.state_since.timestamp()} {version.canary_percent or ''}"
    await tell(session, app_id, "app.version.state_changed", data, dedupe=mark)
    await changed(session, app_id)


async def become(session: AsyncSession, app: MiniApp, wanted: AppStatus, *, actor: str, live_code: int, reason: Text | None = None) -> None:
    """Take an app a step. Raises StepImpossible."""
    if wanted is app.status:
        return
    if wanted not in APP_STEPS[app.status]:
        raise StepImpossible(state=app.status.value, wanted=wanted.value)
    app.status, app.updated_at = wanted, now()
    app.status_reason_vi, app.status_reason_en = (reason.vi, reason.en) if reason is not None else (None, None)
    await app_told(session, app.app_id, wanted, live_code, actor, f"miniapp.{wanted.value}")


async def app_told(session: AsyncSession, app_id: str, status: AppStatus, code: int, actor: str, action: str) -> None:
    await record(session, actor=actor, action=action, subject=f"miniapp:{app_id}", facts={"version": code, "status": status.value})
    await emit(session, AppStateChanged(app_id=app_id, status=status.value, version_code=code))
    await changed(session, app_id)
