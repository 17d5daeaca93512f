"""Apps and ratings as moderators handle them: what one says, and taking it out of sight or back."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.text import Text
from identity.api.moderation import Snapshot, register
from plugins.ratings.models import Rating
from plugins.ratings.service import recount
from plugins.registry import lifecycle
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, Version, VersionState

ACTOR = "system:moderation"
REASON = Text(vi="Bị tạm dừng theo quyết định kiểm duyệt", en="Suspended by a decision of the moderators")


class MiniAppKind:
    kind = "mini_app"

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:  # noqa: ARG002 (everybody sees a published app)
        """The app's words now; None where it is not published."""
        live = (Version.app_id == MiniApp.app_id) & (Version.state == VersionState.LIVE)
        found = select(MiniApp, Version.manifest).join(Version, live)
        row = (await session.execute(found.where(MiniApp.subject_id == subject_id, MiniApp.status == AppStatus.PUBLISHED))).one_or_none()
        if row is None:
            return None
        app, document = row
        manifest = manifest_of(document)
        told = (manifest.localised("vi"), manifest.localised("en"))
        words = "\n".join(f"{one.name}: {one.description}" for one in told)
        return Snapshot(None, f"{app.app_id}\n{words}", at=app.updated_at)

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None:
        app = await _app(session, subject_id)
        if app is not None and app.status is AppStatus.PUBLISHED:
            await lifecycle.suspend(session, app.app_id, reason=REASON, actor=ACTOR)

    async def show(self, session: AsyncSession, subject_id: UUID) -> None:
        app = await _app(session, subject_id)
        if app is not None and app.status is AppStatus.SUSPENDED and app.suspended_by == ACTOR:
            await lifecycle.publish(session, app.app_id, actor=ACTOR)


class RatingKind:
    kind = "app_rating"

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:  # noqa: ARG002 (everybody reads ratings)
        found = await session.get(Rating, subject_id)
        if found is None or found.hidden_at is not None or found.words is None:
            return None
        return Snapshot(found.person_id, found.words, at=found.edited_at)

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None:
        await _sight(session, subject_id, hidden=True)

    async def show(self, session: AsyncSession, subject_id: UUID) -> None:
        await _sight(session, subject_id, hidden=False)


async def _app(session: AsyncSession, subject_id: UUID) -> MiniApp | None:
    return await session.scalar(select(MiniApp).where(MiniApp.subject_id == subject_id))


async def _sight(session: AsyncSession, rating_id: UUID, *, hidden: bool) -> None:
    row = await session.get(Rating, rating_id, with_for_update=True, populate_existing=True)
    if row is not None:
        row.hidden_at = now() if hidden else None
        await session.flush()
        await recount(session, row.app_id)


APPS, RATINGS = MiniAppKind(), RatingKind()
register(APPS)
register(RATINGS)
