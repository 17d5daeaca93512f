"""New versions of rules, and the router's rows, as an administrator changes them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hanoismart.ids import new_id
from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Out
from hanoismart.text import Text
from identity.api.places import UnitNotFound, unit
from identity.moderation import rendering, rules
from identity.moderation.models import QueueRoute
from identity.moderation.rules import NewRule, RuleUnknown
from identity.moderation.schemas import QueueName, RuleOut
from kernel.access import CallerDep, Staff
from kernel.audit import record

router = Router(tags=["moderation"])
Key = Annotated[str, Path(max_length=60, pattern="^[a-z0-9_-]+$")]
Position = Annotated[int, Path(ge=1, le=10_000)]


class RuleIn(In):
    text_vi: str = Field(min_length=1, max_length=1000)
    text_en: str = Field(min_length=1, max_length=1000)
    legal_ref: str = Field(min_length=1, max_length=300)
    valid_from: date = Field(ge=date(2020, 1, 1), le=date(2100, 1, 1))
    parameters: Annotated[dict[str, int], Field(max_length=20, description="numbers to change; the others stay")]


class RouteIn(In):
    subject_kind: str | None = Field(None, max_length=40, pattern="^[a-z_]+$")
    reason: str | None = Field(None, max_length=60, pattern="^[a-z_]+$")
    area_id: UUID | None = None
    language: str | None = Field(None, max_length=10, pattern="^[a-z-]+$")
    queue: QueueName


class RouteOut(Out):
    position: int
    subject_kind: str | None
    reason: str | None
    area_id: UUID | None
    language: str | None
    queue: str


class RoutesOut(Out):
    routes: list[RouteOut]


@router.put("/v1/moderation/rules/{rule_set}/{key}", audience=Staff("moderation.rules"), problems=[RuleUnknown], response_model=RuleOut)
async def save_rule(rule_set: Key, key: Key, body: RuleIn, session: Session, caller: CallerDep) -> RuleOut:
    """The next version of a rule, from a day on; decisions keep the words they applied."""
    text = Text(vi=body.text_vi, en=body.text_en)
    new = NewRule(rule_set, key, text, body.legal_ref, body.valid_from, dict(body.parameters))
    return rendering.rule(await rules.save(session, new, by=caller.person))


@router.get("/v1/moderation/queue-routes", audience=Staff("moderation.read"), response_model=RoutesOut)
async def list_routes(session: Session) -> RoutesOut:
    """The router, row by row: the first that holds names the queue."""
    rows = await session.scalars(select(QueueRoute).order_by(QueueRoute.position))
    return RoutesOut(routes=[RouteOut.model_validate(row) for row in rows])


@router.put("/v1/moderation/queue-routes/{position}", audience=Staff("moderation.rules"), status_code=204, problems=[UnitNotFound])
async def save_route(position: Position, body: RouteIn, session: Session, caller: CallerDep) -> None:
    """Write one row of the router."""
    if body.area_id is not None:
        await unit(session, body.area_id)
    values = body.model_dump()
    row = insert(QueueRoute).values(id=new_id(), position=position, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[QueueRoute.position], set_=values))
    await record(session, actor=f"person:{caller.person}", action="queue_route.saved", subject=f"queue_route:{position}")


@router.delete("/v1/moderation/queue-routes/{position}", audience=Staff("moderation.rules"), status_code=204, problems=[NotFound])
async def delete_route(position: Position, session: Session, caller: CallerDep) -> None:
    """Take one row of the router away."""
    if await session.scalar(delete(QueueRoute).where(QueueRoute.position == position).returning(QueueRoute.id)) is None:
        raise NotFound
    await record(session, actor=f"person:{caller.person}", action="queue_route.deleted", subject=f"queue_route:{position}")
