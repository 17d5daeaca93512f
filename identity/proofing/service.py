"""A proofing session from its nonce to its verdict; a chip is read for one nonce, and a nonce counts once, whatever comes of it."""

import base64
import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.places.queries import today
from identity.ports import HolderMatch, HolderMatcher, Liveness, LivenessCheck
from identity.proofing import enrolments, verdicts
from identity.proofing.admission import applicant
from identity.proofing.chip.chip_authentication import Begun
from identity.proofing.chip.refusals import ChipRefused
from identity.proofing.models import ProofingSession, ProofingState
from identity.proofing.verdicts import Verdict
from identity.proofing.verifier import Asked, ChipVerifier, Reading, challenge_of
from identity.settings import settings
from kernel.audit import record
from kernel.limits import spend
from kernel.sealing import keyring

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


@dataclass(frozen=True, slots=True, repr=False)
class Holder:
    """Who says whether the holder is the owner, and a living one; `statement` is what the phone brought from a liveness provider."""

    matcher: HolderMatcher
    liveness: LivenessCheck
    statement: str | None = None


async def start(session: AsyncSession, *, address: str, for_person_id: UUID | None = None) -> Started:
    """Opens a session for a reader of chips at `address` (`address_of`); `for_person_id` proves themselves anew. Raises TooMany."""
    await spend(session, f"proofing:{address}", limit=settings().proofings_per_address, window=HOUR)
    secret, nonce = secrets.token_urlsafe(32), secrets.token_bytes(_NONCE_BYTES)
    row = ProofingSession(
        id=new_id(),
        secret_hash=enrolments.digest(secret),
        nonce=nonce,
        state=ProofingState.OPEN,
        doubts=[],
        for_person_id=for_person_id,
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
    holder: Holder,
    stay_ends_on: date | None = None,
    locale: str = "vi",
) -> Verdict:
    """Judges what was read from a chip. `row` comes locked from `find`.

    Raises ProofingClosed, PoolFull (the nonce is still good then), or a ChipRefused: nothing of the chip is kept, the nonce is burnt.
    """
    if row.state is not ProofingState.OPEN or row.expires_at <= now():
        raise ProofingClosed
    try:
        verified = await verifier.verify(session, reading, _asked(row), today())
        found = applicant(verified, stay_ends_on=stay_ends_on, on=today())
    except ChipRefused as refusal:
        await verdicts.close(session, row, ProofingState.REFUSED)
        row.refusal = refusal.code
        await record(
            session, actor="system:proofing", action="proofing.refused", subject=f"proofing:{row.id}", facts={"code": refusal.code}
        )
        raise
    matched = await holder.matcher.match(verified.evidence, row.id) is HolderMatch.MATCHED
    if await holder.liveness.check(holder.statement, row.id) is Liveness.FAILED:
        found = replace(found, doubts=(*found.doubts, "liveness_failed"))
    return await verdicts.decide(session, row, found, matched=matched, locale=locale)


async def begin_chip_authentication(session: AsyncSession, row: ProofingSession, dg14: bytes, *, verifier: ChipVerifier) -> Begun:
    """A key and a command for a chip that offers chip authentication; asking again makes the command before worthless.

    Raises ProofingClosed, PoolFull, or a ChipRefused, which leaves the session open: nothing is believed of a file before its hash is.
    """
    if row.state is not ProofingState.OPEN or row.expires_at <= now():
        raise ProofingClosed
    begun = await verifier.begin(dg14)
    row.chip_authentication = keyring().seal(begun.secret, context=_context(row.id))
    await session.flush()
    return begun


async def find(session: AsyncSession, session_id: UUID, secret: str) -> ProofingSession:
    """The session of somebody who is not signed in, locked. Raises ProofingNotFound, for a wrong secret as for one that is not there."""
    anyones = (ProofingSession.id == session_id, ProofingSession.for_person_id.is_(None))
    row = await session.scalar(select(ProofingSession).where(*anyones).with_for_update())
    expected = row.secret_hash if row is not None else bytes(32)
    if not hmac.compare_digest(expected, enrolments.digest(secret)) or row is None:
        raise ProofingNotFound
    return row


async def find_own(session: AsyncSession, session_id: UUID, person_id: UUID) -> ProofingSession:
    """The session of somebody who proves themselves anew, locked. Raises ProofingNotFound."""
    own = (ProofingSession.id == session_id, ProofingSession.for_person_id == person_id)
    row = await session.scalar(select(ProofingSession).where(*own).with_for_update())
    if row is None:
        raise ProofingNotFound
    return row


async def enrol(session: AsyncSession, row: ProofingSession) -> str:
    """The enrolment secret of a session that a reviewer has approved: once, for the session's own secret dies with it.

    Raises ProofingClosed.
    """
    if row.state is not ProofingState.VERIFIED or row.person_id is None:
        raise ProofingClosed
    row.secret_hash = enrolments.nobody()
    return await enrolments.issue(session, row.person_id)


def _asked(row: ProofingSession) -> Asked:
    kept = row.chip_authentication
    return Asked(row.nonce, None if kept is None else keyring().open(kept, context=_context(row.id)))


def _context(session_id: UUID) -> bytes:
    return f"chip-authentication:{session_id}".encode()


def _written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
