"""Rolls versions out and back: whitelist, sticky canary, live; back is always allowed, also while a canary runs."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.ids import new_id
from hanoismart.text import Text
from identity.api import organisations
from identity.api.tokens import pairwise
from kernel.audit import record
from plugins.developers import naming
from plugins.registry import changes, states
from plugins.registry.live import manifest_of
from plugins.registry.models import SERVED, MiniApp, Version, VersionState
from plugins.registry.problems import NothingToRollBackTo, VersionNotFound
from plugins.registry.serving import choices
from plugins.registry.serving_setup import prepare
from plugins.review import impartial
from plugins.review.closing import close_round
from plugins.rollout import pointers
from plugins.rollout.models import Kill, Whitelisted
from plugins.rollout.problems import KillNotFound, TooManyTesters
from plugins.webhooks import service as webhooks

TESTERS: Final = 200
"""People on one version's whitelist."""
SHARES: Final = (1, 5, 25, 50)


async def whitelist(session: AsyncSession, app_id: str, version_code: int, people: Sequence[UUID], *, actor: str) -> Version:
    """Serve a version to named people only; the list replaces the one before.

    Raises AppNotFound, VersionNotFound, StepImpossible, NotImpartial, NameRefused, TooManyTesters.
    """
    app, version = await _version(session, app_id, version_code)
    if len(people) > TESTERS:
        raise TooManyTesters
    await _may_be_served(session, app, version)
    if version.state is not VersionState.WHITELIST:
        await states.move(session, version, VersionState.WHITELIST, actor=actor)
    await session.execute(delete(Whitelisted).where(Whitelisted.version_id == version.id))
    for person_id in dict.fromkeys(people):
        session.add(Whitelisted(version_id=version.id, person_id=person_id, sub=await pairwise(session, person_id, app.sector)))
    await pointers.note(session, version, "whitelist", actor=actor)
    await _served(session, app, version, actor, live=False)
    return version


async def canary(session: AsyncSession, app_id: str, version_code: int, percent: int, *, actor: str) -> Version:
    """Serve a version to a share of people, always the same ones.

    Raises AppNotFound, VersionNotFound, StepImpossible, NotImpartial, NameRefused.
    """
    app, version = await _version(session, app_id, version_code)
    await _may_be_served(session, app, version)
    await pointers.make_canary(session, version, percent, actor=actor)
    await _served(session, app, version, actor, live=False)
    return version


async def live(session: AsyncSession, app_id: str, version_code: int, *, actor: str) -> Version:
    """Serve a version to everybody. Raises AppNotFound, VersionNotFound, StepImpossible, NotImpartial, NameRefused."""
    app, version = await _version(session, app_id, version_code)
    await _may_be_served(session, app, version)
    await pointers.make_live(session, version, actor=actor)
    await _served(session, app, version, actor, live=True)
    return version


async def roll_back(session: AsyncSession, app_id: str, *, actor: str, automatic: bool = False) -> int | None:
    """Take the newest step back: the canary ends, or the previous version is live again; the code that is live now, None where none is.

    Raises AppNotFound, NothingToRollBackTo.
    """
    app = await pointers.locked(session, app_id)
    running = await pointers.at(session, app_id, VersionState.CANARY)
    serving = await pointers.at(session, app_id, VersionState.LIVE)
    if running is not None:
        await states.move(session, running, VersionState.INELIGIBLE, actor=actor)
        await pointers.note(session, running, "rolled_back", actor=actor, automatic=automatic)
    else:
        previous = await pointers.at(session, app_id, VersionState.PREVIOUS)
        if previous is None or serving is None:
            raise NothingToRollBackTo
        await states.move(session, serving, VersionState.INELIGIBLE, actor=actor)
        await states.move(session, previous, VersionState.LIVE, actor=actor)
        await pointers.note(session, serving, "rolled_back", actor=actor, automatic=automatic)
        serving = previous
    if serving is not None:
        await _served(session, app, serving, actor, live=True)
    return None if serving is None else serving.code


async def revoke(session: AsyncSession, app_id: str, version_code: int, *, actor: str) -> None:
    """Never serve a version again; where it was live, the previous one is. Raises AppNotFound, VersionNotFound, StepImpossible."""
    app, version = await _version(session, app_id, version_code)
    await close_round(session, version.id)
    await session.refresh(version)  # whoever held the round may just have decided
    was = version.state
    await states.move(session, version, VersionState.REVOKED, actor=actor)
    await pointers.note(session, version, "revoked", actor=actor)
    if was not in SERVED:
        return
    serving = await pointers.at(session, app_id, VersionState.LIVE)
    if was is VersionState.LIVE:
        serving = await pointers.at(session, app_id, VersionState.PREVIOUS)
        if serving is not None:
            await states.move(session, serving, VersionState.LIVE, actor=actor)
    if serving is not None:
        await _served(session, app, serving, actor, live=True)  # its endpoint and templates, not those of what is gone


async def kill(
    session: AsyncSession,
    *,
    app_id: str | None,
    reason: Text,
    actor: str,
    version_code: int | None = None,
    method: str | None = None,
    ward_code: str | None = None,
) -> Kill:
    """Stop something at once, everywhere. Where a whole app stops, its tokens die too; people of other versions keep theirs.

    Raises AppNotFound, VersionNotFound.
    """
    if app_id is not None:
        app = await pointers.locked(session, app_id)
        if version_code is not None:
            await _version(session, app_id, version_code)
        if method is None and ward_code is None and not await _others_go_on(session, app_id, version_code):
            app.epoch += 1
            if version_code is None:
                await webhooks.withdraw(session, app_id)
    row = Kill(
        id=new_id(),
        app_id=app_id,
        version_code=version_code,
        method=method,
        ward_code=ward_code,
        reason_vi=reason.vi,
        reason_en=reason.en,
        actor=actor,
    )
    session.add(row)
    facts = {"version": version_code or 0, "method": method or "", "ward": ward_code or ""}
    await record(session, actor=actor, action="miniapp.killed", subject=f"miniapp:{app_id or '*'}", facts=facts)
    await changes.changed(session, app_id)
    return row


async def lift(session: AsyncSession, kill_id: UUID, *, actor: str, app_id: str | None = None) -> None:
    """Let it run again; with `app_id` only a switch of that app. Raises KillNotFound."""
    row = await session.get(Kill, kill_id, with_for_update=True)
    if row is None or row.lifted_at is not None or (app_id is not None and row.app_id != app_id):
        raise KillNotFound
    row.lifted_at, row.lifted_by = now(), actor
    await record(session, actor=actor, action="miniapp.kill_lifted", subject=f"miniapp:{row.app_id or '*'}", facts={"kill": str(row.id)})
    await changes.changed(session, row.app_id)


async def _others_go_on(session: AsyncSession, app_id: str, version_code: int | None) -> bool:
    """Whether somebody is served another version, which nothing stops."""
    served = None if version_code is None else await choices(session, app_id)
    left = [] if served is None else [one for one in served.all if one.version_code != version_code]
    return any(one.kills.hit(version_code=one.version_code) is None for one in left)


async def _version(session: AsyncSession, app_id: str, version_code: int) -> tuple[MiniApp, Version]:
    app = await pointers.locked(session, app_id)
    found = select(Version).where(Version.app_id == app_id, Version.code == version_code)
    version = await session.scalar(found.execution_options(populate_existing=True))
    if version is None:
        raise VersionNotFound
    return app, version


async def _may_be_served(session: AsyncSession, app: MiniApp, version: Version) -> None:
    """What held when it was submitted and approved holds still: who approved is impartial, its names are free.

    Raises NotImpartial, NameRefused.
    """
    await impartial.still(session, app, version)
    owner, manifest = await organisations.organisation(session, app.organisation_id), manifest_of(version.manifest)
    told = (manifest.localised("vi"), manifest.localised("en"))
    await naming.check_names(session, app.app_id, owner, *(name for one in told for name in (one.name, one.short_name)))


async def _served(session: AsyncSession, app: MiniApp, version: Version, actor: str, *, live: bool) -> None:
    alone = live or await pointers.at(session, app.app_id, VersionState.LIVE) is None
    await prepare(session, app, version, manifest_of(version.manifest), live=alone)
    if app.status is AppStatus.DRAFT:
        await states.become(session, app, AppStatus.PUBLISHED, actor=actor, live_code=version.code)
