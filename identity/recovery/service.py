"""Getting an account back: requested, proved, waiting, then done or cancelled; whoever asks learns nothing of the account."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.contacts import service as contacts
from identity.devices import service as devices
from identity.factors import service as factors
from identity.locks import service as locks
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.people import queries as people
from identity.people.models import PersonState
from identity.people.queries import PersonNotFound
from identity.proofing import enrolments
from identity.recovery import links
from identity.recovery.models import Proof, Recovery, RecoveryState
from identity.sessions import service as sessions
from identity.settings import settings
from identity.sign_in.requests import digest
from identity.sign_in.where import Where
from identity.step_up import service as step_up
from kernel.audit import record
from kernel.limits import spend

PROVING = timedelta(hours=1)
KEPT_READY = timedelta(days=7)
AGAIN = timedelta(days=1)
"""So long a finished recovery gives another enrolment secret, where the first was not used."""
STEADY = 0.03
"""Seconds that beginning a recovery takes, for accounts that exist and those that do not."""
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


class RecoveryNotFound(Problem):
    code = "recovery.not_found"
    status = 404
    title = Text(vi="Không tìm thấy yêu cầu khôi phục", en="There is no such recovery")


class ProofRefused(Problem):
    """Wrong, used, or nobody's: one answer, whether there is such an account or not."""

    code = "recovery.proof_refused"
    status = 422
    title = Text(vi="Không xác minh được", en="This could not be verified")
    keep = True


class RecoveryNotReady(Problem):
    """`ready_at` is the moment it can be completed, RFC 3339; null while proofs are missing."""

    code = "recovery.not_ready"
    status = 409
    title = Text(vi="Chưa thể hoàn tất việc khôi phục", en="The recovery cannot be completed yet")


class RecoveryOver(Problem):
    code = "recovery.over"
    status = 409
    title = Text(vi="Việc khôi phục đã kết thúc hoặc đã bị huỷ", en="The recovery is over or was cancelled")


@dataclass(frozen=True, slots=True)
class Started:
    """`secret` is told this once."""

    id: UUID
    secret: str = field(repr=False)
    expires_at: datetime


async def start(session: AsyncSession, identifier: str, *, where: Where, locale: str) -> Started:
    """Begin for whoever has this number or address; empty, for whoever the chip will show. Raises TooMany.

    It always takes as long, for an account that is there costs the database a little more than one that is not.
    """
    begun = time.perf_counter()
    await spend(session, f"recovery-address:{where.address}", limit=settings().recoveries_per_address, window=HOUR)
    if identifier:
        await spend(session, f"recovery-account:{contacts.spelling(identifier)}", limit=settings().codes_per_destination, window=QUARTER)
    secret = secrets.token_urlsafe(32)
    row = Recovery(
        id=new_id(),
        person_id=await contacts.find_person(session, identifier) if identifier else None,
        state=RecoveryState.REQUESTED,
        secret_hash=digest(secret),
        proofs=[],
        network=where.network,
        place=where.place,
        locale=locale,
        expires_at=now() + PROVING,
    )
    session.add(row)
    await session.flush()
    await asyncio.sleep(max(0.0, begun + STEADY - time.perf_counter()))
    return Started(row.id, secret, row.expires_at)


async def find(session: AsyncSession, recovery_id: UUID, secret: str) -> Recovery:
    """The recovery of this secret, locked. Raises RecoveryNotFound, also when it is over its time."""
    row = await session.scalar(
        select(Recovery)
        .where(Recovery.id == recovery_id, Recovery.secret_hash == digest(secret), Recovery.expires_at > now())
        .with_for_update()
    )
    if row is None:
        raise RecoveryNotFound
    return row


def enough(proofs: list[str]) -> bool:
    """Chip or VNeID again, or two different factors; one alone never, and so never SMS alone."""
    return Proof.IDENTITY in proofs or len(set(proofs)) > 1


async def proved(session: AsyncSession, row: Recovery, proof: Proof) -> Recovery:
    """Count a proof that held; where they are enough, the wait begins and every old channel is told how to stop it."""
    row.proofs = sorted({*row.proofs, proof.value})
    await session.flush()
    if enough(row.proofs):
        await _wait(session, row)
    return row


async def _wait(session: AsyncSession, row: Recovery) -> None:
    if row.person_id is None:
        raise LookupError("a proof stands for nobody")
    chosen = settings()
    hours = chosen.recovery_hours_by_identity if Proof.IDENTITY in row.proofs else chosen.recovery_hours_by_factors
    # One at a time for a person: of two proved at once the later one replaces the earlier.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"recovery:{row.person_id}", 0))))
    await _replace_earlier(session, row.person_id, row.id)
    row.state = RecoveryState.WAITING
    row.ready_at = now() + timedelta(hours=hours)
    row.expires_at = row.ready_at + KEPT_READY
    await session.flush()
    await record(
        session,
        actor="system:recovery",
        action="recovery.waiting",
        subject=f"person:{row.person_id}",
        facts={"recovery": str(row.id), "proofs": row.proofs, "hours": hours},
    )
    await notices.tell(session, row.person_id, NoticeKind.RECOVERY_WAITING, links=await links.make(session, row))


async def _replace_earlier(session: AsyncSession, person_id: UUID, current: UUID) -> None:
    earlier = (Recovery.person_id == person_id) & (Recovery.state == RecoveryState.WAITING) & (Recovery.id != current)
    await session.execute(
        update(Recovery)
        .where(earlier)
        .values(state=RecoveryState.CANCELLED, cancelled_at=now(), cancelled_because="replaced")
        .execution_options(synchronize_session=False)
    )


async def complete(session: AsyncSession, row: Recovery) -> str:
    """After the wait: what was there before ends, the riskiest operations freeze, and a secret registers a new passkey.

    Raises RecoveryNotReady, RecoveryOver.
    """
    if row.state is RecoveryState.DONE:
        return await _again(session, row)
    if row.state is RecoveryState.CANCELLED:
        raise RecoveryOver
    if row.state is not RecoveryState.WAITING or row.ready_at is None or row.ready_at > now():
        raise RecoveryNotReady(ready_at=row.ready_at.isoformat() if row.ready_at else None)
    person_id = await _active(session, row)
    row.state, row.done_at = RecoveryState.DONE, now()
    await session.flush()
    await sessions.end_all(session, person_id, because="recovery")
    await devices.end_all(session, person_id)
    await factors.forget_all(session, person_id)
    await step_up.freeze(session, person_id, hours=settings().recovery_freeze_hours, because="recovery")
    if Proof.IDENTITY in row.proofs:
        await locks.unlock(session, person_id, because="recovery")
    await record(session, actor="system:recovery", action="recovery.done", subject=f"person:{person_id}", facts={"recovery": str(row.id)})
    await notices.tell(session, person_id, NoticeKind.RECOVERY_DONE)
    return await enrolments.issue(session, person_id)


async def _again(session: AsyncSession, row: Recovery) -> str:
    person_id = await _active(session, row)
    late = row.done_at is None or now() - row.done_at > AGAIN
    if late or await factors.passkeys_of(session, person_id) > 0:
        raise RecoveryOver
    return await enrolments.issue(session, person_id)


async def _active(session: AsyncSession, row: Recovery) -> UUID:
    """Raises RecoveryOver for an account that was closed or stopped meanwhile."""
    try:
        card = await people.card(session, row.person_id or row.id)
    except PersonNotFound as error:
        raise RecoveryOver from error
    if card.state is not PersonState.ACTIVE:
        raise RecoveryOver
    return card.id


async def cancel(session: AsyncSession, row: Recovery, *, because: str) -> None:
    """Stop it; a recovery that is done stays done. Raises RecoveryOver."""
    if row.state not in {RecoveryState.REQUESTED, RecoveryState.WAITING}:
        raise RecoveryOver
    waited = row.state is RecoveryState.WAITING
    row.state, row.cancelled_at, row.cancelled_because = RecoveryState.CANCELLED, now(), because
    await session.flush()
    if waited and row.person_id is not None:
        await record(
            session,
            actor="system:recovery",
            action="recovery.cancelled",
            subject=f"person:{row.person_id}",
            facts={"recovery": str(row.id), "because": because},
        )
        await notices.tell(session, row.person_id, NoticeKind.RECOVERY_CANCELLED)


async def waiting_for(session: AsyncSession, person_id: UUID) -> Recovery | None:
    """The recovery that waits on this account, for its person to see and stop."""
    found: Recovery | None = await session.scalar(
        select(Recovery).where(Recovery.person_id == person_id, Recovery.state == RecoveryState.WAITING).with_for_update()
    )
    return found
