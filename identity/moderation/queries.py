"""What a person may read of moderation: the reasons given to them, and what came of their reports."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.moderation.models import Appeal, Decision, Outcome, Statement
from identity.people.queries import selves


def statements(owner: UUID) -> Select[Statement]:
    """The statements of reasons to this person."""
    return select(Statement).where(Statement.owner_id.in_(selves(owner)))


def outcomes(reporter: UUID) -> Select[Outcome]:
    """What came of this person's reports."""
    return select(Outcome).where(Outcome.reporter_id.in_(selves(reporter)))


async def decisions_of(session: AsyncSession, rows: Iterable[Statement]) -> dict[UUID, tuple[Decision, Appeal | None]]:
    """The decision behind each statement, and the owner's last appeal against it, by decision id."""
    ids = [row.decision_id for row in rows]
    behind = select(Decision, Appeal).outerjoin(Appeal, Appeal.decision_id == Decision.id).where(Decision.id.in_(ids))
    found = await session.execute(behind.order_by(Appeal.level))
    return {decision.id: (decision, appeal) for decision, appeal in found}
