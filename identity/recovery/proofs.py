"""What proves that an account is the asker's: a chip read again, codes to its old channels, its authenticator app, its password."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.contacts import codes
from identity.contacts.codes import Asked, CodeDead, CodeRefused
from identity.contacts.models import CodePurpose
from identity.factors import passwords, totp
from identity.factors.passwords import Passwords
from identity.notices.models import Channel
from identity.proofing import enrolments
from identity.proofing import service as proofing
from identity.proofing.models import ProofingSession, ProofingState, ReviewReason
from identity.proofing.service import ProofingNotFound
from identity.recovery import service
from identity.recovery.models import Proof, Recovery, RecoveryState
from identity.recovery.service import ProofRefused, RecoveryOver
from identity.settings import settings
from kernel.limits import TooMany, count, spend

PURPOSES = {Channel.SMS: CodePurpose.RECOVERY_PHONE, Channel.EMAIL: CodePurpose.RECOVERY_EMAIL}
KINDS = {CodePurpose.RECOVERY_PHONE: Proof.SMS, CodePurpose.RECOVERY_EMAIL: Proof.EMAIL}
READ_WITHIN = timedelta(minutes=30)
WHEREVER = "the account's own"
"""The destination of a recovery's flow: `sending` finds it, when the code goes out."""


async def send_code(session: AsyncSession, row: Recovery, channel: Channel, *, address: str) -> UUID:
    """A code to the account's own channel, where there is one; the flow's id either way. Raises RecoveryOver, TooMany."""
    _open(row)
    await spend(session, f"recovery-codes:{row.id}:{channel}", limit=settings().codes_per_destination, window=service.HOUR)
    await spend(session, f"code-sends-address:{address}", limit=settings().codes_per_address, window=service.HOUR)
    try:
        flow = await codes.begin(session, Asked(row.id, row.locale, row.secret_hash.hex()), PURPOSES[channel], WHEREVER)
    except CodeDead as dead:
        raise TooMany(headers=dead.headers) from dead
    return flow.id


async def by_code(session: AsyncSession, row: Recovery, flow_id: UUID, code: str) -> Recovery:
    """Raises ProofRefused, RecoveryOver."""
    _open(row)
    try:
        purpose, _ = await codes.confirm(
            session, row.id, flow_id, code, budget=str(row.person_id or row.id), bound_to=row.secret_hash.hex()
        )
    except (CodeRefused, TooMany) as refused:
        raise ProofRefused from refused
    if row.person_id is None or purpose not in KINDS:
        raise ProofRefused
    return await service.proved(session, row, KINDS[purpose])


async def by_totp(session: AsyncSession, row: Recovery, code: str) -> Recovery:
    """Raises ProofRefused, RecoveryOver."""
    _open(row)
    await _guess(session, row)
    if not await totp.verify(session, row.person_id, code):
        raise ProofRefused
    return await service.proved(session, row, Proof.TOTP)


async def by_password(session: AsyncSession, row: Recovery, password: str, pool: Passwords) -> Recovery:
    """Raises ProofRefused, RecoveryOver, PoolFull."""
    _open(row)
    await _guess(session, row)
    if not await pool.fits(await passwords.held(session, row.person_id), password):
        raise ProofRefused
    return await service.proved(session, row, Proof.PASSWORD)


async def by_identity(session: AsyncSession, row: Recovery, proofing_id: UUID, secret: str) -> Recovery:
    """A proofing just now that found its person here already: that account is recovered. Raises ProofRefused, RecoveryOver."""
    _open(row)
    try:
        found = await proofing.find(session, proofing_id, secret)
    except ProofingNotFound as error:
        raise ProofRefused from error
    if not _shows_an_account(found) or row.person_id not in {None, found.person_id}:
        raise ProofRefused
    row.person_id = found.person_id
    # It has served: it opens nothing again, and no reviewer need look at it.
    found.secret_hash, found.applicant = enrolments.nobody(), None
    found.state, found.decided_at = ProofingState.REJECTED, now()
    await session.flush()
    return await service.proved(session, row, Proof.IDENTITY)


def _shows_an_account(found: ProofingSession) -> bool:
    duplicate = found.state is ProofingState.IN_REVIEW and found.review_reason is ReviewReason.DUPLICATE
    return duplicate and not found.doubts and found.person_id is not None and now() - found.created_at <= READ_WITHIN


async def _guess(session: AsyncSession, row: Recovery) -> None:
    """Count a guess; once they are spent the right answer is refused like a wrong one. Raises ProofRefused.

    Counted before it is judged, so that recoveries side by side have one budget together.
    """
    if await count(session, f"code-wrong:{row.person_id or row.id}", window=service.HOUR) > settings().wrong_codes_per_hour:
        raise ProofRefused


def _open(row: Recovery) -> None:
    if row.state is not RecoveryState.REQUESTED:
        raise RecoveryOver
