"""From an applicant to an account: exactly one per person, whoever comes first, and the database decides who that is."""

import json
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.people import service as people
from identity.people import uniqueness, vault
from identity.people.models import Attribute, PersonDocument, PersonState
from identity.people.service import NewPerson
from identity.proofing.admission import Applicant

PENDING_LEVEL = 1
MATCHED_LEVEL = 2


async def open_account(session: AsyncSession, applicant: Applicant, *, matched: bool, locale: str) -> UUID | None:
    """The new account, at level 2 where the holder is matched, else pending at level 1; None where the person has one already.

    Two at once for one person: the second waits for the first to end, then finds it there.
    """
    async with session.begin_nested() as savepoint:
        person_id = await people.create(
            session,
            NewPerson(
                kind=applicant.kind,
                display_name=applicant.display_name,
                level=MATCHED_LEVEL if matched else PENDING_LEVEL,
                state=PersonState.ACTIVE if matched else PersonState.PENDING,
                locale=locale,
                stay_ends_on=applicant.stay_ends_on,
            ),
        )
        if not await uniqueness.claim(session, person_id, applicant.unique_on):
            await savepoint.rollback()
            return None
        await _keep(session, person_id, applicant)
    return person_id


async def _keep(session: AsyncSession, person_id: UUID, applicant: Applicant) -> None:
    document = json.dumps(
        {
            "kind": applicant.document.value,
            "issuer": applicant.issuer,
            "number": applicant.document_number,
            "expires_on": applicant.expires_on.isoformat(),
        }
    )
    values = {
        Attribute.IDENTITY_NUMBER: applicant.identity_number,
        Attribute.DOCUMENT: document,
        Attribute.BIRTH_DATE: applicant.birth_date.isoformat(),
    }
    await vault.seal(session, person_id, values)
    ring = await vault.ring_of(session, person_id)
    if ring is None:
        raise LookupError("the person's key is destroyed")
    session.add(
        PersonDocument(
            person_id=person_id,
            kind=applicant.document,
            issuer=applicant.issuer,
            expires_on=applicant.expires_on,
            details=ring.seal(document.encode(), context=vault.context(person_id, "person_document")),
            signer_fingerprint=applicant.signer_fingerprint,
        )
    )
    await session.flush()
