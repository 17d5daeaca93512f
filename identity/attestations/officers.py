"""Who may attest for whom: an officer speaks for their own organisation alone, and within the area they were given."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.attestations import service
from identity.attestations.models import Attestation
from identity.attestations.service import AttestationNotFound, NewAttestation
from identity.mandates.acting import MandateMissing, require_role
from identity.mandates.models import OrganisationRole
from identity.people.queries import residence


async def issue(session: AsyncSession, new: NewAttestation, *, officer_id: UUID) -> Attestation:
    """Issues it in the name of the officer's organisation. Raises MandateMissing, and what `service.issue` raises."""
    mandate = await require_role(session, officer_id, new.organisation_id, OrganisationRole.OFFICER)
    if mandate.area_id is not None:
        about = new.unit_id if new.unit_id is not None else await residence(session, new.person_id)
        if about != mandate.area_id:
            raise MandateMissing
    return await service.issue(session, new, issued_by=officer_id)


async def revoke(session: AsyncSession, attestation_id: UUID, *, officer_id: UUID) -> None:
    """Ends what the officer's own organisation attested. Raises AttestationNotFound, also for another organisation's, and OwnRecord."""
    row = await session.get(Attestation, attestation_id)
    if row is None:
        raise AttestationNotFound
    try:
        mandate = await require_role(session, officer_id, row.organisation_id, OrganisationRole.OFFICER)
    except MandateMissing as missing:
        raise AttestationNotFound from missing
    if mandate.area_id is not None and mandate.area_id != (row.unit_id or await residence(session, row.person_id)):
        raise AttestationNotFound
    await service.revoke(session, attestation_id, revoked_by=officer_id)
