"""Ends mandates so that nothing issued under them outlives them: the tokens are revoked in the same transaction."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.events import GuardianChanged, MandateEnded
from identity.mandates.acting import MandateKind, key_of
from identity.mandates.models import Delegation, Guardianship, OrganisationDelegation, OrganisationMandate, PairState
from identity.notices.models import NoticeKind
from identity.notices.service import tell
from identity.sessions.models import RevocationKind
from identity.sessions.service import revoke
from kernel.audit import record
from kernel.events import emit


async def end_mandate(session: AsyncSession, row: OrganisationMandate, *, by: UUID | None) -> None:
    """Ends one role; tokens that carry it die at once."""
    row.ended_at, row.ended_by = now(), by
    await _over(session, row.person_id, MandateKind.ORGANISATION, row.organisation_id, by, {"mandate": str(row.id), "role": row.role.value})


async def end_lending(session: AsyncSession, row: OrganisationDelegation, *, by: UUID | None) -> None:
    """Ends what one organisation lent another, with every role given under it."""
    row.ended_at = now()
    open_rows = select(OrganisationMandate).where(OrganisationMandate.delegation_id == row.id, OrganisationMandate.ended_at.is_(None))
    for each in await session.scalars(open_rows.with_for_update()):
        await end_mandate(session, each, by=by)
    await record(
        session,
        actor=_actor(by),
        action="mandate.lending_ended",
        subject=f"organisation:{row.organisation_id}",
        facts={"lending": str(row.id)},
    )


async def end_guardianship(session: AsyncSession, row: Guardianship, *, by: UUID | None) -> None:
    """Ends it, asked for only or in force; both parties hear of it."""
    row.state, row.ended_at, row.ended_by = PairState.ENDED, now(), by
    await _over(session, row.guardian_id, MandateKind.WARD, row.ward_id, by, {"guardianship": str(row.id)})
    await emit(session, GuardianChanged(row.ward_id, row.guardian_id, row.state.value))
    for person_id in (row.ward_id, row.guardian_id):
        await tell(session, person_id, NoticeKind.GUARDIAN_CHANGED)


async def end_delegation(session: AsyncSession, row: Delegation, *, by: UUID | None) -> None:
    """Ends a power of attorney: refused, revoked, given back or run out."""
    row.state, row.ended_at, row.ended_by = PairState.ENDED, now(), by
    await _over(session, row.to_person_id, MandateKind.DELEGATOR, row.from_person_id, by, {"delegation": str(row.id)})
    for person_id in (row.from_person_id, row.to_person_id):
        await tell(session, person_id, NoticeKind.DELEGATION_CHANGED)


async def end_all_of(session: AsyncSession, person_id: UUID, *, by: UUID | None) -> None:
    """Ends every mandate the person holds or has given: the account is closed."""
    held = select(OrganisationMandate).where(OrganisationMandate.person_id == person_id, OrganisationMandate.ended_at.is_(None))
    for mandate in await session.scalars(held.with_for_update()):
        await end_mandate(session, mandate, by=by)
    wards = select(Guardianship).where(
        or_(Guardianship.guardian_id == person_id, Guardianship.ward_id == person_id), Guardianship.ended_at.is_(None)
    )
    for guardianship in await session.scalars(wards.with_for_update()):
        await end_guardianship(session, guardianship, by=by)
    powers = select(Delegation).where(
        or_(Delegation.from_person_id == person_id, Delegation.to_person_id == person_id), Delegation.ended_at.is_(None)
    )
    for delegation in await session.scalars(powers.with_for_update()):
        await end_delegation(session, delegation, by=by)


async def _over(session: AsyncSession, person_id: UUID, kind: MandateKind, target_id: UUID, by: UUID | None, facts: dict[str, str]) -> None:
    revoke(session, RevocationKind.MANDATE, key_of(person_id, kind, target_id))
    await session.flush()
    await record(
        session, actor=_actor(by), action="mandate.ended", subject=f"person:{person_id}", facts={"for": f"{kind}:{target_id}"} | facts
    )
    await emit(session, MandateEnded(person_id, kind.value, target_id))


def _actor(by: UUID | None) -> str:
    return f"person:{by}" if by else "system:mandates"
