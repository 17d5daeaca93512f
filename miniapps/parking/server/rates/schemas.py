"""Asking for a price, and the breakdown of one."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from hanoismart.server.schemas import In, Out
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.rates.pricing import Quote

LONGEST = 7 * 24 * 3600


class Until(In):
    """A stay's end: a moment, or a number of seconds from its start; one of the two."""

    ends_at: AwareDatetime | None = None
    seconds: Annotated[int, Field(ge=5, le=LONGEST)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Until":
        if (self.ends_at is None) == (self.seconds is None):
            raise ValueError("give ends_at or seconds")
        return self

    def end(self, start: datetime) -> datetime:
        return self.ends_at if self.ends_at is not None else start + timedelta(seconds=self.seconds or 0)


class QuoteIn(Until):
    place_id: UUID
    vehicle_class: VehicleClass
    starts_at: AwareDatetime | None = None


class PartOut(Out):
    starts_at: datetime
    ends_at: datetime
    amount: int


class QuoteOut(Out):
    """`amount` in whole đồng; the parts add up to it."""

    amount: int
    currency: str
    rate_code: str
    rate_version: int
    starts_at: datetime
    ends_at: datetime
    parts: list[PartOut]


def parts_out(priced: Quote) -> list[PartOut]:
    return [PartOut(starts_at=part.starts_at, ends_at=part.ends_at, amount=part.amount) for part in priced.parts]
