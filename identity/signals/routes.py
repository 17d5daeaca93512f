"""Fraud signals as staff see them: scores and counts, beside the case that looks into them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut, Out
from identity.signals.models import Signal
from kernel.access import Staff

router = Router(tags=["signals"])


class SignalOut(Out):
    id: UUID
    kind: Literal["velocity", "impossible_travel", "sim_change", "many_accounts"]
    score: int
    facts: dict[str, Any]
    at: datetime


@router.get(
    "/v1/moderation/cases/{case_id}/signals", audience=Staff("moderation.read"), problems=[CursorInvalid], response_model=ListOut[SignalOut]
)
async def case_signals(case_id: UUID, session: Session, page: Paging) -> Page[Any]:
    """What led to a case about an account, the newest first."""
    return await paginate(session, select(Signal).where(Signal.case_id == case_id), [Signal.at, Signal.id], page)
