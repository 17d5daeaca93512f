"""Finding administrative units as they stood on a day; a code without a date names nothing."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold, search_copy
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.places.models import AdminUnit, UnitLevel

CITY = ZoneInfo("Asia/Ho_Chi_Minh")


class UnitNotFound(Problem):
    code = "places.unit_not_found"
    status = 404
    title = Text(vi="Không tìm thấy đơn vị hành chính", en="There is no such administrative unit")


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit, valid from `valid_from` until the day before `valid_to` (None: until further notice)."""

    id: UUID
    code: str
    kind: str
    name: str
    valid_from: date
    valid_to: date | None
    legal_basis: str


def today() -> date:
    """The day in the city."""
    return now().astimezone(CITY).date()


async def unit(session: AsyncSession, unit_id: UUID) -> Unit:
    """The unit, valid today or not. Raises UnitNotFound."""
    found = await session.get(AdminUnit, unit_id)
    if found is None:
        raise UnitNotFound
    return of(found)


async def unit_by_code(session: AsyncSession, code: str, as_of: date | None = None) -> Unit:
    """The commune that bore this five-digit code on a day (default today). Raises UnitNotFound."""
    found = await session.scalar(
        select(AdminUnit).where(AdminUnit.gso_code == code, AdminUnit.level == UnitLevel.COMMUNE, _valid(as_of or today()))
    )
    if found is None:
        raise UnitNotFound
    return of(found)


async def search(session: AsyncSession, text: str, *, as_of: date | None = None, limit: int = 20) -> list[Unit]:
    """The units whose name holds `text` on a day, by name; see `matching`."""
    rows = await session.scalars(matching(text, as_of).order_by(AdminUnit.name_folded, AdminUnit.id).limit(limit))
    return [of(row) for row in rows]


def matching(text: str | None, as_of: date | None) -> Select[AdminUnit]:
    """The units valid on a day (default today) whose name holds `text`: with marks it must match them, without it ignores them."""
    found = select(AdminUnit).where(_valid(as_of or today()))
    if not text:
        return found
    plain = fold(text)
    if search_copy(text) == plain:
        return found.where(AdminUnit.name_folded.contains(plain, autoescape=True))
    return found.where(AdminUnit.name_search.contains(search_copy(text), autoescape=True))


def of(row: AdminUnit) -> Unit:
    return Unit(row.id, row.gso_code, row.kind, row.name, row.valid_from, row.valid_to, row.legal_basis)


def _valid(day: date) -> ColumnElement[bool]:
    return (AdminUnit.valid_from <= day) & or_(AdminUnit.valid_to.is_(None), AdminUnit.valid_to > day)
