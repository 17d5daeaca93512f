"""Opens a round of review with its clock: three working days, two people where sensitive scopes are asked."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.manifest import Manifest
from hanoismart.worktime import Duration, Unit, due
from identity.api.workdays import calendar
from plugins.review.checks import sensitive_of
from plugins.review.models import Review
from plugins.settings import settings


async def open_round(session: AsyncSession, version_id: UUID, manifest: Manifest, *, number: int = 1, appeal: str | None = None) -> Review:
    """A round that waits for reviewers; `number` 2 is the appeal's."""
    delicate = sensitive_of(manifest)
    review = Review(
        id=new_id(),
        version_id=version_id,
        round=number,
        needed=2 if delicate else 1,
        sensitive=delicate,
        appeal=appeal,
        due_at=due(now(), Duration(settings().review_days, Unit.WORKING_DAY), calendar=calendar()),
    )
    session.add(review)
    await session.flush()
    return review
