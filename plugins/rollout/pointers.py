"""Moves the pointers that say which version is whitelist, canary, live and previous; a step forward or back touches nothing else."""

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from plugins.registry import states
from plugins.registry.models import SERVED, MiniApp, Version, VersionState
from plugins.registry.problems import AppNotFound
from plugins.rollout.models import RolloutStep


async def locked(session: AsyncSession, app_id: str) -> MiniApp:
    """The app, held until the transaction ends: two steps at once are made one after the other. Raises AppNotFound."""
    app = await session.get(MiniApp, app_id, with_for_update=True, populate_existing=True)
    if app is None:
        raise AppNotFound
    return app


async def at(session: AsyncSession, app_id: str, state: VersionState) -> Version | None:
    """The newest version in a state."""
    found = select(Version).where(Version.app_id == app_id, Version.state == state)
    return await session.scalar(found.order_by(Version.code.desc()).limit(1).execution_options(populate_existing=True))


async def speaking(session: AsyncSession, app_id: str) -> Version | None:
    """The version that says who the app is and where it hears us: the live one, else the newest that is tried."""
    live_first = case((Version.state == VersionState.LIVE, 0), else_=1)
    found = select(Version).where(Version.app_id == app_id, Version.state.in_(SERVED)).order_by(live_first, Version.code.desc())
    return await session.scalar(found.limit(1).execution_options(populate_existing=True))


async def make_live(session: AsyncSession, version: Version, *, actor: str) -> None:
    """Serve a version to everybody; what was live can be rolled back to, what was before that no more."""
    was_live, was_previous = await at(session, version.app_id, VersionState.LIVE), await at(session, version.app_id, VersionState.PREVIOUS)
    if was_previous is not None:
        await states.move(session, was_previous, VersionState.INELIGIBLE, actor=actor)
    if was_live is not None:
        await states.move(session, was_live, VersionState.PREVIOUS, actor=actor)
    await states.move(session, version, VersionState.LIVE, actor=actor)
    await note(session, version, "live", actor=actor)


async def make_canary(session: AsyncSession, version: Version, percent: int, *, actor: str) -> None:
    """Serve a version to a share of people; another canary goes back to approved."""
    other = await at(session, version.app_id, VersionState.CANARY)
    if other is not None and other.id != version.id:
        await states.move(session, other, VersionState.APPROVED, actor=actor)
    await states.move(session, version, VersionState.CANARY, actor=actor, percent=percent)
    await note(session, version, "canary", percent=percent, actor=actor)


async def note(
    session: AsyncSession, version: Version, stage: str, *, actor: str, percent: int | None = None, automatic: bool = False
) -> None:
    """Keep a step as history."""
    step = {"app_id": version.app_id, "version_code": version.code, "stage": stage, "percent": percent, "automatic": automatic}
    session.add(RolloutStep(**step, actor=actor))
    await session.flush()
