"""What follows from a proof: an account of one's own, a further document under it, or an officer's look at what is in doubt."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.people import acts, likeness, uniqueness
from identity.people.models import PersonKind
from identity.proofing import accounts, enrolments, sealed
from identity.proofing.admission import Applicant
from identity.proofing.models import ProofingSession, ProofingState, ReviewReason


@dataclass(frozen=True, slots=True)
class Verdict:
    """`enrolment` is the one-time secret that registers the first passkey, where the person is verified at once."""

    state: ProofingState
    enrolment: str | None = field(default=None, repr=False)


async def decide(session: AsyncSession, row: ProofingSession, found: Applicant, *, matched: bool, locale: str) -> Verdict:
    """Judges an applicant whose evidence holds; `matched`: whoever holds it is its owner.

    A person who is here already gets the same answer as one whose holder must be looked at: it tells nothing about the other account.
    """
    row.doubts = list(found.doubts)
    if row.for_person_id is not None:
        return await _renew(session, row, row.for_person_id, found, matched=matched)
    sure = matched and not found.doubts
    # A foreigner's new passport has a new number, so that only name and birth date tell; citizens of one name and day are many.
    alike = await likeness.alike(session, found.display_name, found.birth_date)
    held_back = bool(alike) and found.kind is not PersonKind.RESIDENT
    row.person_id = await accounts.open_account(session, found, matched=sure and not held_back, locale=locale)
    if row.person_id is None:
        return await _duplicate(session, row, found)
    if held_back:
        return await _review(session, row, ReviewReason.LIKENESS, found)
    if not sure:
        return await _review(session, row, ReviewReason.DOUBT if found.doubts else ReviewReason.HOLDER, found)
    if alike:
        await acts.suggest_merge(session, alike[0], row.person_id)
    await close(session, row, ProofingState.VERIFIED)
    row.secret_hash = enrolments.nobody()
    return Verdict(ProofingState.VERIFIED, await enrolments.issue(session, row.person_id))


async def close(session: AsyncSession, row: ProofingSession, state: ProofingState) -> None:
    """The session is decided; its nonce is burnt."""
    row.state, row.nonce_used_at, row.chip_authentication = state, now(), None
    await session.flush()


async def _renew(session: AsyncSession, row: ProofingSession, person_id: UUID, found: Applicant, *, matched: bool) -> Verdict:
    """Somebody signed in shows a document: under one of their numbers, or with their name and birth date, it is theirs."""
    owners = await uniqueness.holders(session, found.unique_on)
    if any(owner != person_id for owner in owners):
        return await _duplicate(session, row, found)
    row.person_id = person_id
    own = person_id in owners
    if not own and (found.doubts or not await accounts.is_alike(session, person_id, found)):
        return await _review(session, row, ReviewReason.OTHER_PERSON, found)
    if not await accounts.join(session, person_id, found):
        return await _duplicate(session, row, found)
    if matched and not found.doubts:
        await accounts.raise_to(session, person_id, found.level)
    await close(session, row, ProofingState.VERIFIED)
    return Verdict(ProofingState.VERIFIED)


async def _duplicate(session: AsyncSession, row: ProofingSession, found: Applicant) -> Verdict:
    others = [owner for owner in await uniqueness.holders(session, found.unique_on) if owner != row.for_person_id]
    row.person_id = others[0] if others else None
    return await _review(session, row, ReviewReason.DUPLICATE, found)


async def _review(session: AsyncSession, row: ProofingSession, reason: ReviewReason, found: Applicant) -> Verdict:
    row.review_reason = reason
    row.applicant = sealed.seal(found, row.id)
    await close(session, row, ProofingState.IN_REVIEW)
    return Verdict(ProofingState.IN_REVIEW)
