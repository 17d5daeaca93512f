"""The only way a case changes its state: with a row that says who did it in which role, and why."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.text import Text
from identity.moderation.models import Case, CaseState, Step

SYSTEM: Final = "system"


async def opened(session: AsyncSession, case_id: UUID) -> None:
    """The first step of a new case."""
    session.add(Step(case_id=case_id, at=now(), actor_id=None, role=SYSTEM, from_state=None, to_state=CaseState.OPEN))
    await session.flush()


async def move(
    session: AsyncSession,
    case: Case,
    to: CaseState,
    *,
    actor: UUID | None,
    role: str,
    internal: str | None = None,
    public: Text | None = None,
) -> None:
    """Brings a case the caller has locked into another state, or notes a step within the same one."""
    write(session, case.id, case.state, to, actor=actor, role=role, internal=internal, public=public)
    case.state = to
    case.version += 1
    await session.flush()


def write(
    session: AsyncSession,
    case_id: UUID,
    before: CaseState,
    to: CaseState,
    *,
    actor: UUID | None,
    role: str,
    internal: str | None = None,
    public: Text | None = None,
) -> None:
    """The row alone, where a statement of its own changed the state."""
    words = {"public_vi": public.vi if public else None, "public_en": public.en if public else None}
    session.add(Step(case_id=case_id, at=now(), actor_id=actor, role=role, from_state=before, to_state=to, internal=internal, **words))


def of(case_id: UUID) -> Select[Step]:
    """The steps of a case, for a list."""
    return select(Step).where(Step.case_id == case_id)
