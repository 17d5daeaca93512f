"""Two accounts were one person: opened apps, what these keep, grants and ratings go with the one that stays, and back when it is undone."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.api import people
from plugins.mine.models import CarriedOver
from plugins.ratings.models import Rating
from plugins.ratings.service import recount


@dataclass(frozen=True, slots=True)
class _Carried:
    """`same`: what of the new owner's own (`o`) keeps a row (`t`) where it is: of two the one that stays counts."""

    table: str
    key: tuple[str, ...]
    same: str | None = None


_ALL: Final = (
    _Carried("opened_app", ("app_id",), "o.app_id = t.app_id"),
    # An app's values belong together: those of two accounts are never mixed.
    _Carried("stored_value", ("app_id", "key"), "o.app_id = t.app_id"),
    _Carried("notification_grant", ("app_id", "template"), "o.app_id = t.app_id AND o.template = t.template"),
    _Carried("person_number", ("sector",), "o.sector = t.sector"),
    _Carried("rating", ("id",), "o.app_id = t.app_id"),
    _Carried("launch", ("id",)),
    _Carried("app_erasure", ("id",)),
)


async def carry_over(session: AsyncSession, gone_id: UUID, kept_id: UUID) -> None:
    """Safe to run again, and late: nothing is carried over for a second time, or for a merge that was undone meanwhile."""
    if gone_id not in await people.every_self(session, kept_id):
        return
    row = insert(CarriedOver).values(id=new_id(), kept_id=kept_id, gone_id=gone_id, moved={}, aside={}, at=now())
    made = await session.scalar(row.on_conflict_do_nothing().returning(CarriedOver.id))
    if made is None:
        return
    moved = {each.table: await _move(session, each, gone_id, kept_id) for each in _ALL}
    aside = await _set_aside(session, gone_id, kept_id)
    session.expire_all()
    kept = await session.get_one(CarriedOver, made)
    kept.moved, kept.aside = moved, aside
    await session.flush()


async def bring_back(session: AsyncSession, gone_id: UUID, kept_id: UUID) -> None:
    """Returns every row that still lies with the one who was kept. Safe to run again."""
    standing = select(CarriedOver).where(CarriedOver.gone_id == gone_id, CarriedOver.kept_id == kept_id, CarriedOver.undone_at.is_(None))
    row = await session.scalar(standing.with_for_update())
    if row is None:
        return
    for each in _ALL:
        wanted = " AND ".join(f"t.{part}::text = :k{place}" for place, part in enumerate(each.key))
        free = f"AND NOT EXISTS (SELECT FROM plugins.{each.table} o WHERE o.person_id = :gone AND {each.same})" if each.same else ""
        free = "" if each.table == "stored_value" else free  # its rows come back one by one, after the first of their app
        statement = text(f"UPDATE plugins.{each.table} t SET person_id = :gone WHERE t.person_id = :kept AND {wanted} {free}")  # noqa: S608 (names of this page)
        for key in row.moved.get(each.table, ()):
            named = {f"k{place}": value for place, value in enumerate(key)}
            await session.execute(statement, {"kept": kept_id, "gone": gone_id} | named)
    for rating in row.aside.get("ratings", ()):
        await _rate_again(session, rating, gone_id)
    row.undone_at = now()
    await session.flush()
    session.expire_all()


async def forget(session: AsyncSession, person_id: UUID) -> None:
    """One of the two was erased: nothing is left to go back."""
    await session.execute(delete(CarriedOver).where(or_(CarriedOver.kept_id == person_id, CarriedOver.gone_id == person_id)))


async def _move(session: AsyncSession, each: _Carried, gone_id: UUID, kept_id: UUID) -> list[list[str]]:
    free = f"AND NOT EXISTS (SELECT FROM plugins.{each.table} o WHERE o.person_id = :kept AND {each.same})" if each.same else ""
    shown = ", ".join(f"t.{part}::text" for part in each.key)
    statement = f"UPDATE plugins.{each.table} t SET person_id = :kept WHERE t.person_id = :gone {free} RETURNING {shown}"  # noqa: S608 (names of this page)
    return [list(row) for row in await session.execute(text(statement), {"kept": kept_id, "gone": gone_id})]


async def _set_aside(session: AsyncSession, gone_id: UUID, kept_id: UUID) -> dict[str, Any]:
    """One person has one voice: of two ratings of an app the kept account's counts."""
    own = aliased(Rating)
    twice = select(Rating).where(Rating.person_id == gone_id, exists().where(own.person_id == kept_id, own.app_id == Rating.app_id))
    ratings: list[dict[str, Any]] = []
    for row in (await session.scalars(twice)).all():
        shown = {column.name: getattr(row, column.name) for column in Rating.__table__.columns}
        ratings.append({name: str(value) if value is not None and not isinstance(value, int) else value for name, value in shown.items()})
        await session.delete(row)
        await session.flush()
        await recount(session, row.app_id)
    return {"ratings": ratings}


async def _rate_again(session: AsyncSession, rating: dict[str, Any], gone_id: UUID) -> None:
    kinds = {column.name: column.type.python_type for column in Rating.__table__.columns}
    read = {name: value if value is None or isinstance(value, int) else _read(kinds[name], value) for name, value in rating.items()}
    await session.execute(insert(Rating).values(read | {"person_id": gone_id}).on_conflict_do_nothing())
    await recount(session, rating["app_id"])


def _read(kind: type[Any], value: str) -> Any:
    return kind.fromisoformat(value) if hasattr(kind, "fromisoformat") else kind(value)
