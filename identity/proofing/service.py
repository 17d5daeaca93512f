"""A proofing session from its nonce to its verdict; a chip is read for one nonce, and a nonce counts once, whatever comes of it."""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.people import uniqueness
from identity.places.queries import today
from identity.ports import HolderMatch, HolderMatcher
from identity.proofing import accounts, enrolments
from identity.proofing.admission import Applicant, applicant
from identity.proofing.chip.refusals import ChipRefused
from identity.proofing.models import ProofingSession, ProofingState, ReviewReason
from identity.proofing.verifier import ChipVerifier, Reading, Verified, challenge_of
from identity.settings import settings
from kernel.audit import record
from kernel.limits import spend

LIFETIME = timedelta(minutes=10)
HOUR = timedelta(hours=1)
_NONCE_BYTES = 32


class ProofingNotFound(Problem):
    code = "proofing.session_not_found"
    status = 404
    title = Text(vi="Không tìm thấy phiên xác thực", en="There is no such proofing session")


class ProofingClosed(Problem):
    """The nonce is used or too old; a new session has a new one."""

    code = "proofing.session_closed"
    status = 409
    title = Text(vi="Phiên xác thực đã dùng hoặc đã hết hạn", en="This proofing session is used or has expired")


@dataclass(frozen=True, slots=True)
class Started:
    """`secret` is told this once. `challenge`: the eight bytes for INTERNAL AUTHENTICATE, made from `nonce`."""

    id: UUID
    secret: str = field(repr=False)
    nonce: str
    challenge: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """`enrolment` is the one-time secret that registers the first passkey, where the person is verified at once."""

    state: ProofingState
    enrolment: str | None = field(default=None, repr=False)


async def start(session: AsyncSession, *, address: str) -> Started:
    """Opens a session for a reader of chips at `address` (`address_of`). Raises TooMany."""
    await spend(session, f"proofing:{address}", limit=settings().proofings_per_address, window=HOUR)
    secret, nonce = secrets.token_urlsafe(32), secrets.token_bytes(_NONCE_BYTES)
    row = ProofingSession(
        id=new_id(),
        secret_hash=enrolments.digest(secret),
        nonce=nonce,
        state=ProofingState.OPEN,
        doubts=[],
        expires_at=now() + LIFETIME,
    )
    session.add(row)
    await session.flush()
    return Started(row.id, secret, _written(nonce), _written(challenge_of(nonce)), row.expires_at)


async def submit(
    session: AsyncSession,
    row: ProofingSession,
    reading: Reading,
    *,
    verifier: ChipVerifier,
    matcher: HolderMatcher,
    stay_ends_on: date | None = None,
    locale: str = "vi",
) -> Verdict:
    """Judges what was read from a chip. `row` comes locked from `find`.

    Raises ProofingClosed, PoolFull (the nonce is still good then), or a ChipRefused: nothing of the chip is kept, the nonce is burnt.
    """
    if row.state is not ProofingState.OPEN or row.expires_at <= now():
        raise ProofingClosed
    try:
        verified = await verifier.verify(reading, row.nonce, today())
        found = applicant(verified, stay_ends_on=stay_ends_on, on=today())
    except ChipRefused as refusal:
        await _close(session, row, ProofingState.REFUSED)
        row.refusal = refusal.code
        await record(
            session, actor="system:proofing", action="proofing.refused", subject=f"proofing:{row.id}", facts={"code": refusal.code}
        )
        raise
    return await _decide(session, row, verified, found, matcher, locale)


async def find(session: AsyncSession, session_id: UUID, secret: str) -> ProofingSession:
    """The session, locked. Raises ProofingNotFound, for a wrong secret as for a session that is not there."""
    row = await session.scalar(select(ProofingSession).where(ProofingSession.id == session_id).with_for_update())
    expected = row.secret_hash if row is not None else bytes(32)
    if not hmac.compare_digest(expected, enrolments.digest(secret)) or row is None:
        raise ProofingNotFound
    return row


async def enrol(session: AsyncSession, row: ProofingSession) -> str:
    """The enrolment secret of a session that a reviewer has approved: once, for the session's own secret dies with it.

    Raises ProofingClosed.
    """
    if row.state is not ProofingState.VERIFIED or row.person_id is None:
        raise ProofingClosed
    row.secret_hash = secrets.token_bytes(32)
    return await enrolments.issue(session, row.person_id)


async def _decide(
    session: AsyncSession, row: ProofingSession, verified: Verified, found: Applicant, matcher: HolderMatcher, locale: str
) -> Verdict:
    """A person who is here already gets the same answer as one whose holder must be looked at: it tells nothing about the other account."""
    matched = await matcher.match(verified.evidence, row.id) is HolderMatch.MATCHED and not found.doubts
    row.person_id = await accounts.open_account(session, found, matched=matched, locale=locale)
    row.doubts = list(found.doubts)
    if row.person_id is not None and matched:
        await _close(session, row, ProofingState.VERIFIED)
        row.secret_hash = secrets.token_bytes(32)
        return Verdict(ProofingState.VERIFIED, await enrolments.issue(session, row.person_id))
    if row.person_id is None:
        row.person_id = await uniqueness.holder(session, found.unique_on)
        row.review_reason = ReviewReason.DUPLICATE
    else:
        row.review_reason = ReviewReason.DOUBT if found.doubts else ReviewReason.HOLDER
    await _close(session, row, ProofingState.IN_REVIEW)
    return Verdict(ProofingState.IN_REVIEW)


async def _close(session: AsyncSession, row: ProofingSession, state: ProofingState) -> None:
    row.state, row.nonce_used_at = state, now()
    await session.flush()


def _written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
