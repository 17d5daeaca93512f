"""Automatic rules as a staff API: save a version, see what it met, replay thirty days."""

from typing import Annotated
from uuid import UUID

from fastapi import Path
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.edge import Session
from hanoismart.server.errors import Invalid
from hanoismart.server.routing import Router
from hanoismart.text import Text
from identity.moderation.automatic import service
from identity.moderation.automatic.models import AutomaticMatch, AutomaticRule, Effect, Mode
from identity.moderation.automatic.schemas import AutomaticIn, AutomaticOut, AutomaticsOut, ReplayOut
from identity.moderation.automatic.service import AutomaticRuleUnknown, NewRule
from identity.moderation.schemas import TextOut
from kernel.access import CallerDep, Staff

router = Router(tags=["moderation"])
_PATH = "/v1/moderation/automatic-rules"


@router.get(_PATH, audience=Staff("moderation.read"), response_model=AutomaticsOut)
async def list_automatic_rules(session: Session) -> AutomaticsOut:
    """The current version of every automatic rule and how many cases it has met."""
    rows = (await session.scalars(select(AutomaticRule).where(AutomaticRule.current).order_by(AutomaticRule.key))).all()
    return AutomaticsOut(rules=[await _out(session, row) for row in rows])


@router.put(_PATH + "/{key}", audience=Staff("moderation.rules"), response_model=AutomaticOut)
async def save_automatic_rule(
    key: Annotated[str, Path(max_length=60, pattern="^[a-z_]+$")], body: AutomaticIn, session: Session, caller: CallerDep
) -> AutomaticOut:
    """A new version; shadow it and replay it before it goes live."""
    if body.effect == "route" and body.queue is None:
        raise Invalid(Text(vi="Cần nêu hàng đợi", en="A rule that routes names the queue"))
    new = NewRule(
        key=key,
        mode=Mode(body.mode),
        effect=Effect(body.effect),
        queue=body.queue,
        conditions=body.conditions.model_dump(exclude_none=True),
        text=Text(vi=body.text_vi, en=body.text_en),
    )
    return await _out(session, await service.save(session, new, by=caller.person))


@router.get(_PATH + "/{rule_id}/replay", audience=Staff("moderation.read"), problems=[AutomaticRuleUnknown], response_model=ReplayOut)
async def replay_automatic_rule(rule_id: UUID, session: Session) -> ReplayOut:
    """Run one version over the evidence of the last 30 days; nothing changes."""
    return ReplayOut.model_validate(await service.replay(session, rule_id))


async def _out(session: AsyncSession, row: AutomaticRule) -> AutomaticOut:
    met = await session.scalar(select(func.count()).select_from(AutomaticMatch).where(AutomaticMatch.rule_id == row.id))
    return AutomaticOut(
        id=row.id,
        key=row.key,
        version=row.version,
        mode=row.mode.value,
        effect=row.effect.value,
        queue=row.queue,
        conditions=row.conditions,
        text=TextOut(vi=row.text_vi, en=row.text_en),
        made_at=row.made_at,
        matches=int(met or 0),
    )
