"""Keeps ratings and their sums; figures are shown from ten people on, so that nobody can be read out of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from plugins.ratings.figures import SHOWN_FROM
from plugins.ratings.models import Rating
from plugins.registry import serving
from plugins.registry.models import MiniApp, OpenedApp


class NotUsed(Problem):
    code = "miniapps.not_used"
    status = 409
    title = Text(vi="Bạn chưa từng mở ứng dụng này", en="You have never opened this app")


async def rate(session: AsyncSession, app_id: str, person_id: UUID, stars: int, words: str | None) -> Rating:
    """A person's one rating of an app they have opened; the last word counts. Raises AppNotFound, AppSuspended, NotUsed."""
    app = await serving.served(session, app_id, person_id=person_id)
    opened = await session.get(OpenedApp, (person_id, app_id), with_for_update=True)
    if opened is None or opened.first_opened_at is None:
        raise NotUsed
    row = await session.scalar(select(Rating).where(Rating.app_id == app_id, Rating.person_id == person_id).with_for_update())
    if row is None:
        row = Rating(id=new_id(), app_id=app_id, person_id=person_id)
        session.add(row)
    row.stars, row.words, row.version_code, row.edited_at = stars, words, app.version_code, now()
    await session.flush()
    await recount(session, app_id)
    return row


async def withdraw(session: AsyncSession, app_id: str, person_id: UUID) -> None:
    """Take one's rating back; nothing happens where there is none."""
    row = await session.scalar(select(Rating).where(Rating.app_id == app_id, Rating.person_id == person_id))
    if row is not None:
        await session.delete(row)
        await session.flush()
        await recount(session, app_id)


async def forget(session: AsyncSession, person_id: UUID) -> None:
    """A person's account was erased: their ratings go with it."""
    rated = (await session.scalars(select(Rating.app_id).where(Rating.person_id == person_id))).all()
    for app_id in rated:
        await withdraw(session, app_id, person_id)


async def recount(session: AsyncSession, app_id: str) -> None:
    """Bring the app's figures to what its ratings say."""
    counted = select(func.count(), func.coalesce(func.sum(Rating.stars), 0)).where(Rating.app_id == app_id, Rating.hidden_at.is_(None))
    number, total = (await session.execute(counted)).one()
    await session.execute(update(MiniApp).where(MiniApp.app_id == app_id).values(rating_count=number, rating_sum=total))


def listed(app_id: str) -> Any:
    """Ratings with words, for anybody to read; who wrote them is not told."""
    found = select(Rating.id, Rating.stars, Rating.words, Rating.version_code, Rating.edited_at)
    return found.where(Rating.app_id == app_id, Rating.hidden_at.is_(None), Rating.words.is_not(None))


async def spread(session: AsyncSession, app_id: str) -> dict[int, int] | None:
    """How many gave how many stars; None below ten people."""
    counted = select(Rating.stars, func.count()).where(Rating.app_id == app_id, Rating.hidden_at.is_(None))
    rows = await session.execute(counted.group_by(Rating.stars))
    found = {row[0]: row[1] for row in rows}
    return None if sum(found.values()) < SHOWN_FROM else {stars: found.get(stars, 0) for stars in range(1, 6)}
