"""Whether somebody who decides has a share in what they decide about, when they decide and when it takes effect."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.api import mandates
from identity.api.mandates import MandateMissing
from plugins.registry.models import MiniApp, Version
from plugins.review.models import Opinion, Outcome, Review, ReviewOpinion
from plugins.review.problems import NotImpartial


async def belongs_to(session: AsyncSession, person_id: UUID, organisation_id: UUID) -> bool:
    """Whether a person has any role in an organisation."""
    try:
        await mandates.acting_for(session, person_id, organisation_id)
    except MandateMissing:
        return False
    return True


async def still(session: AsyncSession, app: MiniApp, version: Version) -> None:
    """Raises NotImpartial where too few are left of those who approved, because some have joined the developer's organisation since.

    What an operator installed was approved by nobody else.
    """
    found = select(Review).where(Review.version_id == version.id, Review.outcome == Outcome.APPROVED).order_by(Review.round.desc())
    review = await session.scalar(found.limit(1))
    if review is None:
        return
    said = select(ReviewOpinion.reviewer_id).where(ReviewOpinion.review_id == review.id, ReviewOpinion.opinion == Opinion.APPROVE)
    apart = [one for one in await session.scalars(said) if not await belongs_to(session, one, app.organisation_id)]
    if len(apart) < review.needed:
        raise NotImpartial(needed=review.needed, left=len(apart))
