"""Proposes and carries out what needs two people; each kind says for itself what carrying out means."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.four_eyes.models import ActionKind, FourEyesAction
from identity.moderation import relatives
from identity.moderation.policies import OwnCase, SameEyes
from identity.pii_access import flags
from kernel.audit import record

Handler = Callable[[AsyncSession, FourEyesAction], Awaitable[bytes | None]]
_handlers: dict[ActionKind, Handler] = {}


class ActionNotFound(Problem):
    code = "four_eyes.not_found"
    status = 404
    title = Text(vi="Không tìm thấy đề xuất này hoặc đã kết thúc", en="There is no such proposal, or it is over")


@dataclass(frozen=True, slots=True)
class NewAction:
    """What is proposed: `payload` of ids and words of ours, the person it concerns, and why."""

    kind: ActionKind
    payload: dict[str, Any]
    person_id: UUID
    because: str


def handles(kind: ActionKind) -> Callable[[Handler], Handler]:
    """Registers what carrying out means for a kind; what it returns is sealed by it and kept as the result."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


async def propose(session: AsyncSession, new: NewAction, *, by: UUID) -> FourEyesAction:
    """Raises OwnCase (oneself, a guardian or a ward), FlaggedRecordClosed."""
    await _require_stranger(session, new.person_id, by)
    row = FourEyesAction(
        kind=new.kind, payload=new.payload, person_id=new.person_id, because=new.because, proposed_by=by, proposed_at=now()
    )
    session.add(row)
    await session.flush()
    facts = {"action": str(row.id), "kind": new.kind.value}
    await record(session, actor=f"person:{by}", action="four_eyes.proposed", subject=f"person:{new.person_id}", facts=facts)
    return row


async def approve(session: AsyncSession, action_id: UUID, *, by: UUID, agree: bool) -> FourEyesAction:
    """Carries the action out, or refuses it. Raises ActionNotFound, SameEyes, OwnCase, FlaggedRecordClosed."""
    row = await session.get(FourEyesAction, action_id, with_for_update=True, populate_existing=True)
    if row is None or row.executed_at is not None or row.refused_at is not None:
        raise ActionNotFound
    if row.proposed_by == by:
        raise SameEyes
    if row.person_id is not None:
        await _require_stranger(session, row.person_id, by)
    row.approved_by = by
    if agree:
        await session.flush()
        row.result = await _handlers[row.kind](session, row)
        row.executed_at = now()
    else:
        row.refused_at = now()
    await session.flush()
    facts = {"action": str(row.id), "kind": row.kind.value}
    word = "executed" if agree else "refused"
    await record(session, actor=f"person:{by}", action=f"four_eyes.{word}", subject=f"person:{row.person_id}", facts=facts)
    return row


def waiting() -> Select[FourEyesAction]:
    """What nobody has decided."""
    return select(FourEyesAction).where(FourEyesAction.executed_at.is_(None), FourEyesAction.refused_at.is_(None))


async def _require_stranger(session: AsyncSession, person_id: UUID, officer: UUID) -> None:
    if person_id == officer or await relatives.related(session, officer, {person_id}):
        raise OwnCase
    await flags.require_open(session, person_id, officer)
