"""The retention schedule: everybody may read it, administrators may change a time."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Out
from identity.moderation.schemas import TextOut
from identity.retention import service
from identity.retention.models import RetentionRule
from identity.retention.service import RuleNotFound
from kernel.access import CallerDep, Staff

router = Router(tags=["retention"])


class RetentionOut(Out):
    name: str
    what: TextOut
    action: Literal["keep", "delete", "erase"]
    hours: int | None = Field(description="after it has served; none: kept for good")
    source: str
    valid_from: date


class ScheduleOut(Out):
    rules: list[RetentionOut]


class RetentionIn(In):
    hours: int = Field(ge=0, le=1_000_000)
    source: str = Field(min_length=1, max_length=300, description="the law or the reason")


@router.get("/v1/privacy/retention", audience=Anyone(), response_model=ScheduleOut)
async def read_schedule(session: Session) -> ScheduleOut:
    """What is kept how long, and why."""
    return ScheduleOut(rules=[_out(row) for row in await service.schedule(session)])


@router.put("/v1/staff/retention/{name}", audience=Staff("retention.manage"), problems=[RuleNotFound], response_model=RetentionOut)
async def change_rule(
    name: Annotated[str, Path(max_length=80, pattern=r"^[a-z_.]+$")], body: RetentionIn, session: Session, caller: CallerDep
) -> RetentionOut:
    """Another time for one kind of row."""
    return _out(await service.change(session, name, hours=body.hours, source=body.source, by=caller.person))


def _out(row: RetentionRule) -> RetentionOut:
    return RetentionOut(
        name=row.name,
        what=TextOut(vi=row.what_vi, en=row.what_en),
        action=row.action.value,
        hours=row.hours,
        source=row.source,
        valid_from=row.valid_from,
    )
