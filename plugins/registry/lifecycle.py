"""Stops whole apps and lets them run again: suspension with ninety days to appeal, termination, and the owner's own pause."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.text import Text
from identity.api import clients
from plugins.registry import states
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.registry.serving_setup import client
from plugins.review.models import SuspensionAppeal
from plugins.rollout import pointers
from plugins.webhooks import service as webhooks

APPEAL: Final = timedelta(days=90)


async def suspend(session: AsyncSession, app_id: str, *, reason: Text, actor: str) -> None:
    """Stop an app at once: no launch, token, call, webhook or notification.

    Raises AppNotFound, StepImpossible, also where it is suspended: its ninety days do not begin anew.
    """
    app = await pointers.locked(session, app_id)
    if app.status is AppStatus.SUSPENDED:
        raise states.StepImpossible(state=app.status.value, wanted=AppStatus.SUSPENDED.value)
    app.epoch += 1
    app.suspended_by, app.appeal_until = actor, now() + APPEAL
    await webhooks.withdraw(session, app_id)
    await states.become(session, app, AppStatus.SUSPENDED, actor=actor, live_code=await live_code(session, app_id), reason=reason)
    await _backend_may(session, app)


async def publish(session: AsyncSession, app_id: str, *, actor: str) -> None:
    """Let a suspended app run again; tokens from before stay dead. Raises AppNotFound, StepImpossible (what its owner took off, too)."""
    app = await pointers.locked(session, app_id)
    if app.status is not AppStatus.SUSPENDED:
        raise states.StepImpossible(state=app.status.value, wanted=AppStatus.PUBLISHED.value)
    app.suspended_by = app.appeal_until = None
    open_appeal = update(SuspensionAppeal).where(SuspensionAppeal.app_id == app_id, SuspensionAppeal.decided_at.is_(None))
    await session.execute(open_appeal.values(granted=True, decided_at=now()))  # it has what it asked for
    await states.become(session, app, AppStatus.PUBLISHED, actor=actor, live_code=await live_code(session, app_id))
    await _backend_may(session, app)
    await clients.forget_tokens(session, app_id)  # the narrow ones given meanwhile


async def republish(session: AsyncSession, app_id: str, *, actor: str) -> None:
    """The owner puts an app back that they took off. Raises AppNotFound, StepImpossible (a suspension is not the owner's to lift)."""
    app = await pointers.locked(session, app_id)
    if app.status is not AppStatus.UNPUBLISHED:
        raise states.StepImpossible(state=app.status.value, wanted=AppStatus.PUBLISHED.value)
    await states.become(session, app, AppStatus.PUBLISHED, actor=actor, live_code=await live_code(session, app_id))


async def unpublish(session: AsyncSession, app_id: str, *, actor: str) -> None:
    """The owner takes an app off the catalogue; nobody opens it any more. Raises AppNotFound, StepImpossible."""
    app = await pointers.locked(session, app_id)
    app.epoch += 1
    await states.become(session, app, AppStatus.UNPUBLISHED, actor=actor, live_code=await live_code(session, app_id))


async def terminate(session: AsyncSession, app: MiniApp, *, actor: str) -> None:
    """End a suspended app for good, not before its time to appeal is over and every appeal decided; its name is never given away.

    Raises StepImpossible.
    """
    undecided = select(SuspensionAppeal.id).where(SuspensionAppeal.app_id == app.app_id, SuspensionAppeal.decided_at.is_(None))
    if app.status is AppStatus.SUSPENDED and await session.scalar(undecided.limit(1)) is not None:
        raise states.StepImpossible(state=app.status.value, wanted=AppStatus.TERMINATED.value, appeal="open")
    if app.appeal_until is not None and app.appeal_until > now():
        raise states.StepImpossible(state=app.status.value, wanted=AppStatus.TERMINATED.value, not_before=app.appeal_until.isoformat())
    reason = Text(vi=app.status_reason_vi or "", en=app.status_reason_en or "") if app.status_reason_vi else None
    await states.become(session, app, AppStatus.TERMINATED, actor=actor, live_code=await live_code(session, app.app_id), reason=reason)


async def _backend_may(session: AsyncSession, app: MiniApp) -> None:
    """Tokens that are given from now on open to its backend what the app's state lets it do."""
    speaking = await pointers.speaking(session, app.app_id)
    if speaking is not None:
        await client(session, app, manifest_of(speaking.manifest))


async def live_code(session: AsyncSession, app_id: str) -> int:
    code = await session.scalar(select(Version.code).where(Version.app_id == app_id, Version.state == VersionState.LIVE))
    return code or 0
