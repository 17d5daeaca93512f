"""Rings for reviews that passed their clock: once for each round, to everybody who may decide about it."""

from typing import Final

import structlog
from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from hanoismart.text import Text
from identity.api import people
from identity.api.access import allowed
from kernel.audit import record
from kernel.jobs import jobs
from notifications.api import Category, Template, notify, register
from plugins.registry.models import MiniApp, Version
from plugins.review.impartial import belongs_to
from plugins.review.models import Review

PERMISSION: Final = "miniapps.review"
OVERDUE: Final = Counter("hanoismart_review_overdue", "Reviews of mini-apps that passed their clock", ["round"])
TEMPLATE: Final = register(
    Template(
        "plugins.review_overdue",
        Category.OFFICIAL,
        Text(vi="Xét duyệt ứng dụng đã quá hạn", en="A review of an app is overdue"),
        Text(
            vi="{app}, phiên bản {version}: hết hạn trả lời nhà phát triển. Hãy mở hàng đợi và quyết định.",
            en="{app}, version {version}: the answer to its developer is due. Open the queue and decide.",
        ),
    )
)
_AT_ONCE: Final = 100
log = structlog.get_logger()


@jobs.job("plugins.review_alarm")
async def alarm(session: AsyncSession, _run: Run) -> None:
    """Ring once for every open round past its clock."""
    late = select(Review).where(Review.outcome.is_(None), Review.alarmed_at.is_(None), Review.due_at < now())
    for review in await session.scalars(late.order_by(Review.due_at).limit(_AT_ONCE).with_for_update(skip_locked=True)):
        review.alarmed_at = now()
        version = await session.get_one(Version, review.version_id)
        OVERDUE.labels(str(review.round)).inc()
        log.warning("review.overdue", review=str(review.id), app_id=version.app_id, version=version.code)
        facts = {"review": str(review.id), "version": version.code}
        await record(session, actor="system:plugins", action="review.overdue", subject=f"miniapp:{version.app_id}", facts=facts)
        await _tell(session, review, version)


async def _tell(session: AsyncSession, review: Review, version: Version) -> None:
    """Whoever has a share in the app could do nothing about it, and is spared."""
    app = await session.get_one(MiniApp, version.app_id)
    data = {"app": app.app_id, "version": version.name}
    for officer in await allowed(session, PERMISSION):
        if await people.cards(session, [officer]) and not await belongs_to(session, officer, app.organisation_id):
            await notify(session, officer, TEMPLATE.key, data, dedupe=f"review overdue {review.id}", link="/v1/review/queue")


jobs.every("* * * * *", "plugins.review_alarm")
