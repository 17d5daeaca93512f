"""What the mini-app platform holds of a person, and telling every app that knows them what they asked for."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.api.tokens import pairwise
from plugins.codes import service as codes
from plugins.erasures import service as erasures
from plugins.erasures.models import AppErasure, ErasureReason
from plugins.grants import service as grants
from plugins.launch.models import Launch, PersonNumber
from plugins.mine import merging
from plugins.ratings import service as ratings
from plugins.ratings.models import Rating
from plugins.registry import queries
from plugins.registry.models import OpenedApp
from plugins.rollout.models import Whitelisted
from plugins.storage import service as storage
from plugins.webhooks.service import tell


async def export(session: AsyncSession, person_id: UUID) -> dict[str, Any]:
    """Which apps the person opened, and when, and what these keep here."""
    opened = select(OpenedApp.app_id, OpenedApp.last_opened_at).where(OpenedApp.person_id == person_id)
    launched = select(Launch.app_id, Launch.version_code, Launch.launched_at).where(Launch.person_id == person_id)
    rated = select(Rating.app_id, Rating.stars, Rating.words, Rating.edited_at).where(Rating.person_id == person_id)
    return {
        "opened": [dict(row) for row in (await session.execute(opened.order_by(OpenedApp.app_id))).mappings()],
        "launches": [dict(row) for row in (await session.execute(launched.order_by(Launch.launched_at))).mappings()],
        "stored": await storage.export(session, person_id),
        "notification_grants": await grants.export(session, person_id),
        "ratings": [dict(row) for row in (await session.execute(rated.order_by(Rating.app_id))).mappings()],
    }


async def erase(session: AsyncSession, person_id: UUID) -> None:
    """Tells every app the person opened, by the name it knows them by, then forgets that they did. Safe to run again."""
    known = select(OpenedApp.app_id).where(OpenedApp.person_id == person_id)
    removed = select(AppErasure.app_id).where(AppErasure.person_id == person_id)
    for app_id in (await session.scalars(known.union(removed))).all():
        await erasures.ask(session, app_id, person_id, ErasureReason.ACCOUNT_ERASED)
    await session.execute(update(AppErasure).where(AppErasure.person_id == person_id).values(person_id=None))
    await session.execute(delete(Whitelisted).where(Whitelisted.person_id == person_id))
    await ratings.forget(session, person_id)
    await session.execute(delete(OpenedApp).where(OpenedApp.person_id == person_id))
    await session.execute(delete(Launch).where(Launch.person_id == person_id))
    await session.execute(delete(PersonNumber).where(PersonNumber.person_id == person_id))
    await storage.erase(session, person_id)
    await merging.forget(session, person_id)
    await grants.erase(session, person_id)
    await codes.erase(session, person_id)


async def ask_for_deletion(session: AsyncSession, app_id: str, person_id: UUID, request_id: UUID) -> None:
    """A person asks one app to delete what it holds; nothing happens for clients that are no mini-apps, which ask us."""
    await _tell(session, app_id, person_id, "account.deletion_requested", str(request_id), request=str(request_id))


async def _tell(session: AsyncSession, app_id: str, person_id: UUID, kind: str, dedupe: str, **more: str) -> None:
    app = await queries.live(session, app_id)
    if app is not None:
        sub = await pairwise(session, person_id, app.sector)
        await tell(session, app_id, kind, {"sub": sub} | more, dedupe=dedupe)
