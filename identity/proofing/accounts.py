"""From an applicant to an account: exactly one per person, whoever comes first, and the database decides who that is."""

import json
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.people import ages, levels, likeness, uniqueness, vault
from identity.people import service as people
from identity.people.models import Attribute, Person, PersonDocument, PersonKind, PersonState
from identity.people.service import NewPerson
from identity.places.queries import today
from identity.proofing.admission import Applicant

PENDING_LEVEL = 1
MATCHED_LEVEL = 2


async def open_account(session: AsyncSession, applicant: Applicant, *, matched: bool, locale: str) -> UUID | None:
    """The new account, at its document's level where the holder is matched, else pending at level 1; None where the person has one.

    Two at once for one person: the second waits for the first to end, then finds it there.
    """
    async with session.begin_nested() as savepoint:
        person_id = await people.create(
            session,
            NewPerson(
                kind=applicant.kind,
                display_name=applicant.display_name,
                level=applicant.level if matched else PENDING_LEVEL,
                state=PersonState.ACTIVE if matched else PersonState.PENDING,
                locale=locale,
                stay_ends_on=applicant.stay_ends_on,
                adult_on=ages.adult_on(applicant.birth_date, on=today()),
            ),
        )
        if not await uniqueness.claim_all(session, person_id, applicant.unique_on):
            await savepoint.rollback()
            return None
        await _keep(session, person_id, applicant)
    return person_id


async def join(session: AsyncSession, person_id: UUID, applicant: Applicant) -> bool:
    """Puts a further document under somebody who is here: its numbers, its name where that was corrected, the stay it allows.

    False, and nothing changed, where one of its numbers is another person's.
    """
    async with session.begin_nested() as savepoint:
        if not await uniqueness.claim_all(session, person_id, applicant.unique_on):
            await savepoint.rollback()
            return False
        await _supersede(session, person_id, applicant)
        await _keep(session, person_id, applicant)
        person = await people.locked(session, person_id)
        if applicant.kind is PersonKind.RESIDENT:
            person.kind, person.stay_ends_on = PersonKind.RESIDENT, None
        elif person.kind is not PersonKind.RESIDENT:
            person.kind, person.stay_ends_on = applicant.kind, applicant.stay_ends_on
        person.adult_on = ages.adult_on(applicant.birth_date, on=today())
        await people.rename(session, person_id, applicant.display_name)
    return True


async def raise_to(session: AsyncSession, person_id: UUID, level: int) -> None:
    """Gives an account what a matched holder's document is worth, never less than it has; then looks at level 3."""
    person = await people.locked(session, person_id)
    if person.state is PersonState.PENDING or person.level < level:
        await people.activate(session, person_id, level)
    await levels.settle(session, person_id)


async def is_alike(session: AsyncSession, person_id: UUID, applicant: Applicant) -> bool:
    """Whether the document bears the person's own name and birth date."""
    return person_id in await likeness.alike(session, applicant.display_name, applicant.birth_date)


async def _supersede(session: AsyncSession, person_id: UUID, applicant: Applicant) -> None:
    """A newer document of a kind takes the place of the older ones of its issuer."""
    older = select(PersonDocument).where(
        PersonDocument.person_id == person_id,
        PersonDocument.kind == applicant.document,
        PersonDocument.issuer == applicant.issuer,
        PersonDocument.superseded_at.is_(None),
    )
    if applicant.expires_on is not None:
        older = older.where(or_(PersonDocument.expires_on.is_(None), PersonDocument.expires_on <= applicant.expires_on))
    for row in await session.scalars(older):
        row.superseded_at = now()


async def _keep(session: AsyncSession, person_id: UUID, applicant: Applicant) -> None:
    document = json.dumps(
        {
            "kind": applicant.document.value,
            "issuer": applicant.issuer,
            "number": applicant.document_number,
            "expires_on": applicant.expires_on.isoformat() if applicant.expires_on else None,
        }
    )
    values = {Attribute.DOCUMENT: document, Attribute.BIRTH_DATE: applicant.birth_date.isoformat()}
    kind = await session.scalar(select(Person.kind).where(Person.id == person_id))
    if kind is applicant.kind or applicant.kind is PersonKind.RESIDENT:  # a resident's passport does not take the place of their number
        values[Attribute.IDENTITY_NUMBER] = applicant.identity_number
    await vault.seal(session, person_id, values)
    ring = await vault.ring_of(session, person_id)
    if ring is None:
        raise LookupError("the person's key is destroyed")
    session.add(
        PersonDocument(
            id=new_id(),
            person_id=person_id,
            kind=applicant.document,
            evidence=applicant.evidence,
            original=applicant.original,
            issuer=applicant.issuer,
            expires_on=applicant.expires_on,
            details=ring.seal(document.encode(), context=vault.context(person_id, "person_document")),
            signer_fingerprint=applicant.signer_fingerprint,
        )
    )
    await likeness.note(session, person_id, applicant.display_name, applicant.birth_date)
    await session.flush()
