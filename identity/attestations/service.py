"""Issuing and revoking attestations: an agency's word about a person, for a time, with the officer's name in the audit trail."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.attestations.models import Attestation, AttestationKind
from identity.events import AttestationEnded, ResidenceAttested
from identity.moderation.relatives import related
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from identity.people import queries as people
from identity.places import queries as places
from kernel.audit import record
from kernel.events import emit

_LEVEL_NEEDED = 2


class AttestationNotFound(Problem):
    code = "attestations.not_found"
    status = 404
    title = Text(vi="Không tìm thấy xác nhận này", en="There is no such attestation")


class AttestationRefused(Problem):
    code = "attestations.refused"
    status = 422
    title = Text(vi="Không thể lập xác nhận này", en="This attestation cannot be issued")


class OwnRecord(Problem):
    code = "attestations.own_record"
    status = 403
    title = Text(vi="Không được tự xác nhận cho chính mình hoặc người thân", en="Nobody attests anything about themselves or a relative")


@dataclass(frozen=True, slots=True)
class NewAttestation:
    """`unit_id` names the commune of a residence and nothing else has one; both days of the validity are included."""

    person_id: UUID
    kind: AttestationKind
    organisation_id: UUID
    valid_from: date
    valid_to: date
    reference: str
    unit_id: UUID | None = None


async def issue(session: AsyncSession, new: NewAttestation, *, issued_by: UUID) -> Attestation:
    """Issues it in place of a current one of the same kind. Emits ResidenceAttested.

    Raises OwnRecord, PersonNotFound, AttestationRefused (level, validity, unit, organisation), UnitNotFound, OrganisationNotFound.
    """
    await _require_stranger(session, new.person_id, issued_by)
    await _require_sound(session, new)
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(new.person_id.bytes[-7:], "big"))))
    former = await session.scalar(
        select(Attestation).where(Attestation.person_id == new.person_id, Attestation.kind == new.kind, Attestation.revoked_at.is_(None))
    )
    if former is not None:
        await _end(session, former, issued_by)
    row = Attestation(
        person_id=new.person_id,
        kind=new.kind,
        unit_id=new.unit_id,
        organisation_id=new.organisation_id,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        reference=new.reference,
        issued_by=issued_by,
    )
    session.add(row)
    await session.flush()
    await record(session, actor=f"person:{issued_by}", action="attestation.issued", subject=f"person:{new.person_id}", facts=_facts(row))
    if row.kind is AttestationKind.RESIDENCE and row.unit_id is not None:
        await emit(session, ResidenceAttested(row.person_id, row.unit_id))
    return row


async def revoke(session: AsyncSession, attestation_id: UUID, *, revoked_by: UUID) -> None:
    """Ends it at once. Raises AttestationNotFound, also for one that has ended, and OwnRecord."""
    row = await session.scalar(
        select(Attestation).where(Attestation.id == attestation_id, Attestation.revoked_at.is_(None)).with_for_update()
    )
    if row is None:
        raise AttestationNotFound
    await _require_stranger(session, row.person_id, revoked_by)
    await _end(session, row, revoked_by)
    await emit(session, AttestationEnded(row.person_id, row.kind.value))


def of_person(person_id: UUID) -> Select[Attestation]:
    """Everything ever attested about the person, ended or not."""
    return select(Attestation).where(Attestation.person_id == person_id)


async def _require_stranger(session: AsyncSession, person_id: UUID, officer: UUID) -> None:
    """Raises OwnRecord for the officer's own record, and for those whose guardian or ward they are or were."""
    if person_id == officer or await related(session, officer, {person_id}):
        raise OwnRecord


async def _require_sound(session: AsyncSession, new: NewAttestation) -> None:
    if (new.kind is AttestationKind.RESIDENCE) != (new.unit_id is not None):
        raise AttestationRefused(
            Text(vi="Chỉ xác nhận cư trú mới ghi xã, phường", en="A commune is named for a residence, and only for that")
        )
    if new.valid_to < new.valid_from or new.valid_to < places.today():
        raise AttestationRefused(Text(vi="Thời hạn không hợp lệ", en="The validity lies in the past or is empty"))
    card = await people.card(session, new.person_id)
    if card.level < _LEVEL_NEEDED:
        raise AttestationRefused(Text(vi="Người này chưa xác thực mức 2", en="This person has not reached identity level 2"))
    issuer = await organisations.organisation(session, new.organisation_id)
    if issuer.kind is OrganisationKind.ENTERPRISE:
        raise AttestationRefused(Text(vi="Chỉ cơ quan nhà nước được xác nhận", en="Only an agency attests"))
    if new.unit_id is not None:
        unit = await places.unit(session, new.unit_id)
        if unit.valid_to is not None and unit.valid_to <= places.today():
            raise AttestationRefused(Text(vi="Đơn vị hành chính này không còn", en="This administrative unit is no more"))


async def _end(session: AsyncSession, row: Attestation, by: UUID) -> None:
    row.revoked_at, row.revoked_by = now(), by
    await session.flush()
    await record(session, actor=f"person:{by}", action="attestation.revoked", subject=f"person:{row.person_id}", facts=_facts(row))


def _facts(row: Attestation) -> dict[str, str]:
    return {"attestation": str(row.id), "kind": row.kind.value, "organisation": str(row.organisation_id)}
