"""People decide about versions: claimed under a lease, opinions with rules, two where it is delicate, and an appeal to others."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from plugins.developers import keys
from plugins.registry import accepting, states
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.review.impartial import belongs_to
from plugins.review.models import Opinion, Outcome, Review, ReviewOpinion
from plugins.review.opening import open_round
from plugins.review.problems import (
    AppealImpossible,
    OwnWork,
    ReviewHeld,
    ReviewNotFound,
    ReviewOver,
    RulesNeeded,
    SignerRevoked,
    SpokenBefore,
)
from plugins.review.rules import RULES

LEASE: Final = timedelta(hours=4)


async def claim(session: AsyncSession, review_id: UUID, reviewer_id: UUID) -> Review:
    """Hold a review for four hours. Raises ReviewNotFound, ReviewOver, ReviewHeld, OwnWork, SpokenBefore."""
    review = await _open(session, review_id)
    await _impartial(session, review, reviewer_id)
    if review.claimed_by not in {None, reviewer_id} and review.claimed_until is not None and review.claimed_until > now():
        raise ReviewHeld
    review.claimed_by, review.claimed_until = reviewer_id, now() + LEASE
    return review


async def speak(
    session: AsyncSession, review_id: UUID, reviewer_id: UUID, opinion: Opinion, *, rules: Sequence[str], note_vi: str, note_en: str
) -> Review:
    """Give one's opinion; the round ends with the first rejection, or when enough have approved.

    Raises ReviewNotFound, ReviewOver, ReviewHeld, OwnWork, SpokenBefore, RulesNeeded, SignerRevoked.
    """
    cited = list(dict.fromkeys(rules))
    if (opinion is Opinion.REJECT and not cited) or not set(cited) <= RULES.keys():
        raise RulesNeeded(known=sorted(RULES))
    review = await claim(session, review_id, reviewer_id)
    row = ReviewOpinion(id=new_id(), review_id=review.id, reviewer_id=reviewer_id, opinion=opinion, rules=cited)
    row.note_vi, row.note_en = note_vi, note_en
    session.add(row)
    await session.flush()
    agreeing = select(func.count()).where(ReviewOpinion.review_id == review.id, ReviewOpinion.opinion == Opinion.APPROVE)
    if opinion is Opinion.REJECT:
        await _end(session, review, Outcome.REJECTED, VersionState.REJECTED, reviewer_id)
    elif (await session.scalar(agreeing) or 0) >= review.needed:
        version = await session.get_one(Version, review.version_id, with_for_update=True, populate_existing=True)
        if version.kid is not None and await keys.revoked(session, version.kid):
            raise SignerRevoked
        await accepting.accept(session, version, decision=review.id)
        await _end(session, review, Outcome.APPROVED, VersionState.APPROVED, reviewer_id)
    review.claimed_by = review.claimed_until = None
    return review


async def appeal(session: AsyncSession, version: Version, words: str, *, by: UUID) -> Review:
    """Ask other people to look again at a rejected version, once. Raises AppealImpossible."""
    await session.refresh(version, with_for_update=True)  # asked twice at once, the second one sees the first
    rounds = await session.scalar(select(func.count()).where(Review.version_id == version.id)) or 0
    if version.state is not VersionState.REJECTED or rounds != 1:
        raise AppealImpossible
    await states.move(session, version, VersionState.IN_REVIEW, actor=f"person:{by}")
    return await open_round(session, version.id, manifest_of(version.manifest), number=2, appeal=words)


async def opinions(session: AsyncSession, review_id: UUID) -> Sequence[ReviewOpinion]:
    return (await session.scalars(select(ReviewOpinion).where(ReviewOpinion.review_id == review_id).order_by(ReviewOpinion.at))).all()


async def rounds(session: AsyncSession, version_id: UUID) -> Sequence[Review]:
    """Every round over a version, the first one first."""
    return (await session.scalars(select(Review).where(Review.version_id == version_id).order_by(Review.round))).all()


async def _end(session: AsyncSession, review: Review, outcome: Outcome, state: VersionState, reviewer_id: UUID) -> None:
    version = await session.get_one(Version, review.version_id, with_for_update=True)
    review.outcome, review.decided_at = outcome, now()
    await states.move(session, version, state, actor=f"staff:{reviewer_id}")


async def _open(session: AsyncSession, review_id: UUID) -> Review:
    review = await session.get(Review, review_id, with_for_update=True, populate_existing=True)
    if review is None:
        raise ReviewNotFound
    if review.outcome is not None:
        raise ReviewOver
    return review


async def _impartial(session: AsyncSession, review: Review, reviewer_id: UUID) -> None:
    version = await session.get_one(Version, review.version_id)
    app = await session.get_one(MiniApp, version.app_id)
    belongs = await belongs_to(session, reviewer_id, app.organisation_id)
    same_version = select(Review.id).where(Review.version_id == review.version_id)
    spoke_in = set(
        await session.scalars(
            select(ReviewOpinion.review_id).where(ReviewOpinion.reviewer_id == reviewer_id, ReviewOpinion.review_id.in_(same_version))
        )
    )
    if review.id in spoke_in:
        raise SpokenBefore
    if belongs or version.submitted_by == reviewer_id or spoke_in:
        raise OwnWork
