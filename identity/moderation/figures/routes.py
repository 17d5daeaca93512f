"""Figures for staff, and the public transparency report, machine-readable."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import Out
from identity.moderation.figures import queries
from identity.places.queries import CITY
from kernel.access import Staff

router = Router(tags=["moderation"])


class LiveOut(Out):
    pending: int
    escalated: int
    overdue: int
    proposed: int
    appeals_waiting: int
    inbound: int = Field(description="in the last 24 hours, as all below")
    decided: int
    actioned: int
    action_rate: float | None
    mean_handling_seconds: int | None


class DayOut(Out):
    day: date
    inbound: int
    decided: int
    actioned: int


class FiguresOut(Out):
    live: LiveOut
    days: list[DayOut]


class TransparencyOut(Out):
    """Counts by group; null stands for fewer than five."""

    year: int
    quarter: int
    since: datetime
    until: datetime
    smallest_group: int
    groups: dict[str, dict[str, int | None]]


@router.get("/v1/moderation/figures", audience=Staff("moderation.read"), response_model=FiguresOut)
async def read_figures(session: Session, days: Annotated[int, Query(ge=1, le=366)] = 30) -> FiguresOut:
    """How moderation stands now, and the days before."""
    return FiguresOut(
        live=LiveOut.model_validate(await queries.live(session)),
        days=[DayOut.model_validate(day) for day in await queries.days(session, count=days)],
    )


@router.get("/v1/transparency/moderation/{year}/{quarter}", audience=Anyone(), response_model=TransparencyOut)
async def transparency(
    year: Annotated[int, Path(ge=2024, le=2100)], quarter: Annotated[int, Path(ge=1, le=4)], session: Session
) -> TransparencyOut:
    """The public report of one quarter: reports, decisions, appeals and authorities' demands."""
    month = 3 * quarter - 2
    since = datetime(year, month, 1, tzinfo=CITY)
    until = datetime(year + 1, 1, 1, tzinfo=CITY) if quarter == 4 else datetime(year, month + 3, 1, tzinfo=CITY)
    groups = await queries.published(session, since=since, until=until)
    return TransparencyOut(year=year, quarter=quarter, since=since, until=until, smallest_group=queries.SMALLEST, groups=groups)
