"""Prices a stay at a place with the tariff in force."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.places import queries as places
from miniapps.parking.server.rates import queries
from miniapps.parking.server.rates.pricing import Quote, Tariff, quote

LONGEST: Final = timedelta(days=7)


class StayInvalid(Problem):
    code = "parking.stay_invalid"
    status = 422
    title = Text(vi="Thời gian đỗ không hợp lệ", en="The time of the stay is not valid")


class NoTariff(Problem):
    code = "parking.no_tariff"
    status = 409
    title = Text(vi="Bãi này chưa có giá cho loại xe đó", en="There is no price here for such a vehicle")


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote with the tariff version behind it."""

    rate_table_id: UUID
    tariff: Tariff
    quote: Quote


async def price(session: AsyncSession, place_id: UUID, vehicle_class: VehicleClass, starts_at: datetime, ends_at: datetime) -> Priced:
    """Raises PlaceNotFound, StayInvalid, NoTariff."""
    place = await places.place(session, place_id)
    row = await queries.in_force(session, place.rate_code, starts_at)
    if row is None:
        raise NoTariff
    tariff = await queries.tariff(session, row.id)
    return Priced(row.id, tariff, priced(tariff, starts_at, ends_at, vehicle_class))


def priced(tariff: Tariff, starts_at: datetime, ends_at: datetime, vehicle_class: VehicleClass) -> Quote:
    """The quote of a stay of at most seven days. Raises StayInvalid, NoTariff."""
    if not timedelta(0) < ends_at - starts_at <= LONGEST:
        raise StayInvalid
    try:
        return quote(tariff, starts_at, ends_at, vehicle_class)
    except LookupError as missing:
        raise NoTariff from missing
