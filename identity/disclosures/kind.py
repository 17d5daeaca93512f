"""A reading as something its person can report: the office looks into who read and why."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.disclosures.models import Disclosure
from identity.disclosures.service import about
from identity.moderation.kinds import Snapshot, register

KIND = "disclosure"
REASON = "data_misuse"


class DisclosureKind:
    """There is nothing to hide and nobody to lock: a decision about a reading is about an office."""

    kind = KIND

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:
        """None where the reading is not there, or is not the reporter's to see (yet)."""
        wanted = select(Disclosure) if visible_for is None else about(visible_for)
        row = await session.scalar(wanted.where(Disclosure.id == subject_id))
        if row is None:
            return None
        told = f"{row.organisation_vi} ({row.role}): {', '.join(row.attributes)}. {row.purpose_code}. {row.legal_basis}"
        return Snapshot(None, told, "vi", row.at)

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None: ...

    async def show(self, session: AsyncSession, subject_id: UUID) -> None: ...


register(DisclosureKind())
