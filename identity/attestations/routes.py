"""Attestations: officers issue and revoke them, the person sees their own."""

from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.attestations import officers, service
from identity.attestations.models import Attestation, AttestationKind
from identity.attestations.schemas import AttestationIn, AttestationOut
from identity.attestations.service import AttestationNotFound, AttestationRefused, NewAttestation, OwnRecord
from identity.mandates.acting import MandateMissing
from identity.organisations.service import OrganisationNotFound
from identity.people.queries import PersonNotFound
from identity.places.queries import UnitNotFound
from kernel.access import CallerDep, Person, Staff

router = Router(tags=["attestations"])


@router.post(
    "/v1/attestations",
    audience=Staff("attestations.issue"),
    status_code=201,
    response_model=AttestationOut,
    problems=[OwnRecord, AttestationRefused, PersonNotFound, OrganisationNotFound, UnitNotFound, MandateMissing],
)
async def issue_attestation(body: AttestationIn, session: Session, caller: CallerDep) -> AttestationOut:
    """Attest something for the caller's own organisation and area, in place of what was attested of that kind before."""
    fields = body.model_dump() | {"kind": AttestationKind(body.kind)}
    return AttestationOut.model_validate(await officers.issue(session, NewAttestation(**fields), officer_id=caller.person))


@router.delete(
    "/v1/attestations/{attestation_id}",
    audience=Staff("attestations.issue"),
    status_code=204,
    problems=[AttestationNotFound, OwnRecord],
)
async def revoke_attestation(attestation_id: UUID, session: Session, caller: CallerDep) -> None:
    """End an attestation at once."""
    await officers.revoke(session, attestation_id, officer_id=caller.person)


@router.get("/v1/me/attestations", audience=Person(), problems=[CursorInvalid], response_model=ListOut[AttestationOut])
async def list_attestations(session: Session, caller: CallerDep, page: Paging) -> ListOut[AttestationOut]:
    """What was attested about the caller, the newest first."""
    found = await paginate(session, service.of_person(caller.person), [Attestation.created_at, Attestation.id], page)
    return ListOut(items=[AttestationOut.model_validate(row) for row in found.items], next=found.next)
