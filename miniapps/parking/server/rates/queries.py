"""Reads tariffs: the one in force, and the frozen one of a session."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from miniapps.parking.server.rates.models import RateCollectionRow, RateLineRow, RateTableRow
from miniapps.parking.server.rates.pricing import Collection, Line, Tariff


async def in_force(session: AsyncSession, code: str, at: datetime) -> RateTableRow | None:
    """The newest version of a tariff that is valid at a moment."""
    found: RateTableRow | None = await session.scalar(
        select(RateTableRow)
        .where(RateTableRow.code == code, RateTableRow.valid_from <= at, or_(RateTableRow.valid_to.is_(None), RateTableRow.valid_to > at))
        .order_by(RateTableRow.version.desc())
        .limit(1)
    )
    return found


async def tariff(session: AsyncSession, rate_table_id: UUID) -> Tariff:
    """A version of a tariff as a value."""
    table = await session.get_one(RateTableRow, rate_table_id)
    rows = await session.scalars(select(RateCollectionRow).where(RateCollectionRow.rate_table_id == rate_table_id))
    collections = [await _collection(session, row) for row in rows.all()]
    return Tariff(table.code, table.version, tuple(collections))


async def _collection(session: AsyncSession, row: RateCollectionRow) -> Collection:
    lines = await session.scalars(select(RateLineRow).where(RateLineRow.collection_id == row.id).order_by(RateLineRow.sequence))
    return Collection(
        row.vehicle_class,
        row.window_start,
        row.window_end,
        tuple(Line(one.kind, one.value, one.starts_after, one.ends_after, one.increment) for one in lines),
        row.most,
    )
