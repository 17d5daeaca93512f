"""Proving a telephone number by a one-time code, with budgets that hold across flows, restarts and refusals."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.contacts.models import CodePurpose, Phone, PhoneFlow
from identity.contacts.numbers import Number, read
from identity.events import PhoneEnded, PhoneVerified
from identity.people import vault
from identity.people.models import Attribute
from identity.people.queries import locale_of
from kernel.audit import record
from kernel.events import emit
from kernel.jobs import jobs
from kernel.limits import spend
from kernel.sealing import blind_index, blind_indexes, keyring

LIFETIME = timedelta(minutes=5)
WRONG_PER_FLOW = 5
WRONG_PER_HOUR = 10
SENDS_PER_PHONE = 3
SENDS_WINDOW = timedelta(minutes=15)
SENDS_PER_ADDRESS = 20
FOREIGN_SENDS_PER_ADDRESS = 5
HOUR = timedelta(hours=1)
_INDEX = "phone"
_CODE_INDEX = "one-time code"


class CodeRefused(Problem):
    """Wrong, used, expired, dead or never sent: one answer for all, and the attempt stays counted."""

    code = "contacts.code_refused"
    status = 422
    title = Text(vi="Mã không đúng hoặc đã hết hạn", en="The code is wrong or has expired")
    keep = True


class CodeDead(Problem):
    code = "contacts.code_dead"
    status = 429
    title = Text(vi="Đã nhập sai quá nhiều lần, hãy chờ rồi yêu cầu mã mới", en="Too many wrong codes: wait, then ask for a new one")


@dataclass(frozen=True, slots=True)
class Flow:
    """A code on its way. `hint` is what the person sees of the number."""

    id: UUID
    hint: str
    expires_at: datetime


async def start(session: AsyncSession, person_id: UUID, text: str, *, address: str) -> Flow:
    """Sends a code to the number (after the commit). While one is under way, the same one goes out again: no longer life, no more guesses.

    `address` is where the caller is (`address_of`). Raises NumberRefused, CodeDead, TooMany.
    """
    number = read(text)
    await _spend_sends(session, number, address)
    flow = await _under_way(session, person_id, number)
    if flow is None:
        flow = await _new_flow(session, person_id, number)
    elif flow.wrong >= WRONG_PER_FLOW:
        raise CodeDead(headers={"Retry-After": str(max(1, int((flow.expires_at - now()).total_seconds()) + 1))})
    await jobs.enqueue(session, "contacts.send_code", {"id": str(flow.id)})
    return Flow(flow.id, number.hint, flow.expires_at)


async def confirm(session: AsyncSession, person_id: UUID, flow_id: UUID, code: str) -> Number:
    """Proves the number and makes it the person's; whoever had it before has it no longer.

    Raises CodeRefused; TooMany after ten wrong codes in an hour, whichever flows they were for.
    """
    wrong = f"code-wrong:{person_id}"
    await spend(session, wrong, limit=WRONG_PER_HOUR, window=HOUR)  # counted first, so that parallel guesses cannot slip by
    flow = await session.scalar(select(PhoneFlow).where(PhoneFlow.id == flow_id, PhoneFlow.person_id == person_id).with_for_update())
    if not await _right(session, flow, code) or flow is None:
        raise CodeRefused
    await spend(session, wrong, limit=WRONG_PER_HOUR, window=HOUR, amount=-1)
    flow.used_at, flow.code = now(), None
    number = read(keyring().open(flow.number, context=_context(flow.id)).decode())
    await _take(session, person_id, number)
    return number


async def _right(session: AsyncSession, flow: PhoneFlow | None, code: str) -> bool:
    expected = flow.code_hash if flow is not None else bytes(32)
    given = _hash(flow.id if flow is not None else new_id(), code)
    same = hmac.compare_digest(expected, given)  # the same work whether there is such a flow or not
    if flow is None or flow.used_at is not None or flow.expires_at <= now() or flow.wrong >= WRONG_PER_FLOW:
        return False
    if not same:
        flow.wrong += 1
        await session.flush()
    return same


async def _take(session: AsyncSession, person_id: UUID, number: Number) -> None:
    digests = blind_indexes(number.e164, purpose=_INDEX)
    key_id, digest = blind_index(number.e164, purpose=_INDEX)
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:7], "big"))))
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(person_id.bytes[-7:], "big"))))
    ended = await session.scalars(
        update(Phone)
        .where(Phone.ended_at.is_(None), (tuple_(Phone.key_id, Phone.digest).in_(list(digests.items()))) | (Phone.person_id == person_id))
        .values(ended_at=now())
        .returning(Phone.person_id)
    )
    for former in set(ended) - {person_id}:
        await vault.forget(session, former, Attribute.PHONE)
        await record(session, actor="system:contacts", action="phone.ended", subject=f"person:{former}")
        await emit(session, PhoneEnded(former))
    session.add(
        Phone(
            person_id=person_id,
            key_id=key_id,
            digest=digest,
            hint=number.hint,
            vietnamese_mobile=number.vietnamese,
            verified_at=now(),
        )
    )
    await vault.seal(session, person_id, {Attribute.PHONE: number.e164})
    await record(session, actor=f"person:{person_id}", action="phone.verified", subject=f"person:{person_id}")
    await emit(session, PhoneVerified(person_id))


async def _spend_sends(session: AsyncSession, number: Number, address: str) -> None:
    await spend(session, f"code-sends-phone:{number.e164}", limit=SENDS_PER_PHONE, window=SENDS_WINDOW)
    await spend(session, f"code-sends-address:{address}", limit=SENDS_PER_ADDRESS, window=HOUR)
    if not number.vietnamese:
        await spend(session, f"code-sends-abroad:{address}", limit=FOREIGN_SENDS_PER_ADDRESS, window=HOUR)


async def _under_way(session: AsyncSession, person_id: UUID, number: Number) -> PhoneFlow | None:
    flow = await session.scalar(
        select(PhoneFlow)
        .where(PhoneFlow.person_id == person_id, PhoneFlow.used_at.is_(None), PhoneFlow.expires_at > now())
        .order_by(PhoneFlow.created_at.desc(), PhoneFlow.id.desc())
        .limit(1)
    )
    if flow is None or keyring().open(flow.number, context=_context(flow.id)) != number.e164.encode():
        return None
    return flow


async def _new_flow(session: AsyncSession, person_id: UUID, number: Number) -> PhoneFlow:
    flow_id, code = new_id(), f"{secrets.randbelow(10**6):06d}"
    flow = PhoneFlow(
        id=flow_id,
        person_id=person_id,
        purpose=CodePurpose.PHONE,
        number=keyring().seal(number.e164.encode(), context=_context(flow_id)),
        code=keyring().seal(code.encode(), context=_context(flow_id)),
        code_hash=_hash(flow_id, code),
        locale=await locale_of(session, person_id),
        wrong=0,
        expires_at=now() + LIFETIME,
    )
    session.add(flow)
    await session.flush()
    return flow


def _hash(flow_id: UUID, code: str) -> bytes:
    """Keyed, and bound to the flow: six digits alone would be found by trying."""
    return blind_index(f"{flow_id}|{code}", purpose=_CODE_INDEX)[1]


def _context(flow_id: UUID) -> bytes:
    return f"phone-flow:{flow_id}".encode()


async def waiting(session: AsyncSession, flow_id: UUID) -> tuple[str, str, str, str] | None:
    """Destination, purpose, code and locale of a flow whose code still counts; None when there is nothing left to send."""
    flow = await session.get(PhoneFlow, flow_id)
    if flow is None or flow.code is None or flow.used_at is not None or flow.expires_at <= now():
        return None
    number, code = (keyring().open(sealed, context=_context(flow.id)).decode() for sealed in (flow.number, flow.code))
    return number, flow.purpose.value, code, flow.locale
