"""A kind of content for tests of moderation: notes on a wall, kept in memory."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.api.moderation import Snapshot, register


@dataclass
class Wall:
    """`blind`: persons who may not see any note."""

    kind: str = "test_note"
    notes: dict[UUID, tuple[UUID | None, str]] = field(default_factory=dict)
    hidden: set[UUID] = field(default_factory=set)
    blind: set[UUID] = field(default_factory=set)

    def write(self, owner: UUID | None, text: str) -> UUID:
        note = new_id()
        self.notes[note] = (owner, text)
        return note

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:  # noqa: ARG002 - the protocol's signature
        if subject_id not in self.notes or visible_for in self.blind:
            return None
        owner, text = self.notes[subject_id]
        return Snapshot(owner, text, "vi", now())

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None:  # noqa: ARG002 - the protocol's signature
        self.hidden.add(subject_id)

    async def show(self, session: AsyncSession, subject_id: UUID) -> None:  # noqa: ARG002 - the protocol's signature
        self.hidden.discard(subject_id)


WALL = Wall()
register(WALL)
