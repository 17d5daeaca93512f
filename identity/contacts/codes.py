"""One-time codes: six digits for one destination, one purpose and one flow, within budgets that hold across flows and restarts."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.contacts.models import CodeFlow, CodePurpose
from identity.contacts.numbers import Number
from identity.settings import settings
from kernel.jobs import jobs
from kernel.limits import spend
from kernel.sealing import blind_index, keyring

LIFETIME = timedelta(minutes=5)
WRONG_PER_FLOW = 5
SENDS_WINDOW = timedelta(minutes=15)
HOUR = timedelta(hours=1)
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
class Asked:
    """Who asks for a code: the flow's subject, the language it is written in, and the sign-in or secret that alone can give it back."""

    subject: UUID
    locale: str
    bound_to: str = field(repr=False)


async def begin(session: AsyncSession, asked: Asked, purpose: CodePurpose, destination: str) -> CodeFlow:
    """A code on its way (after the commit). While one is under way, the same one goes out again: no longer life, no more guesses.

    The budget of sends is spent before (`spend_sends`). Raises CodeDead.
    """
    flow = await _under_way(session, asked, purpose, destination)
    if flow is None:
        flow = await _new_flow(session, asked, purpose, destination)
    elif flow.wrong >= WRONG_PER_FLOW:
        raise CodeDead(headers={"Retry-After": str(max(1, int((flow.expires_at - now()).total_seconds()) + 1))})
    await jobs.enqueue(session, "contacts.send_code", {"id": str(flow.id)})
    return flow


async def confirm(session: AsyncSession, subject: UUID, flow_id: UUID, code: str, *, budget: str, bound_to: str) -> tuple[CodePurpose, str]:
    """Purpose and destination of a flow whose code was right, given back where it was asked for; it is used up.

    `budget` names whose guesses are counted: the same person's across every flow. Raises CodeRefused; TooMany after ten wrong ones an hour.
    """
    wrong, limit = f"code-wrong:{budget}", settings().wrong_codes_per_hour
    await spend(session, wrong, limit=limit, window=HOUR)  # counted first, so that parallel guesses cannot slip by
    flow = await session.scalar(select(CodeFlow).where(CodeFlow.id == flow_id, CodeFlow.subject == subject).with_for_update())
    if not await _right(session, flow, code, bound_to) or flow is None:
        raise CodeRefused
    await spend(session, wrong, limit=limit, window=HOUR, amount=-1)
    flow.used_at, flow.code = now(), None
    return CodePurpose(flow.purpose), keyring().open(flow.destination, context=_context(flow.id)).decode()


async def _right(session: AsyncSession, flow: CodeFlow | None, code: str, bound_to: str) -> bool:
    expected = flow.code_hash if flow is not None else bytes(32)
    given = _hash(flow.id if flow is not None else new_id(), code, bound_to)
    same = hmac.compare_digest(expected, given)  # the same work whether there is such a flow or not
    if flow is None or flow.used_at is not None or flow.expires_at <= now() or flow.wrong >= WRONG_PER_FLOW:
        return False
    if not same:
        flow.wrong += 1
        await session.flush()
    return same


async def spend_sends(session: AsyncSession, destination: str, address: str) -> None:
    """Count one message to a destination, asked for from a network address. Raises TooMany."""
    chosen = settings()
    await spend(session, f"code-sends-phone:{destination}", limit=chosen.codes_per_destination, window=SENDS_WINDOW)
    await spend(session, f"code-sends-address:{address}", limit=chosen.codes_per_address, window=HOUR)


async def spend_abroad(session: AsyncSession, number: Number, address: str) -> None:
    """Messages abroad cost whoever sends them, so that they have tighter budgets of their own. Raises TooMany."""
    if number.vietnamese:
        return
    chosen = settings()
    await spend(session, f"code-sends-abroad:{address}", limit=chosen.codes_abroad_per_address, window=HOUR)
    await spend(session, "code-sends-abroad-all", limit=chosen.codes_abroad_per_hour, window=HOUR)


async def _under_way(session: AsyncSession, asked: Asked, purpose: CodePurpose, destination: str) -> CodeFlow | None:
    """The newest flow to this destination, where it was begun by the same sign-in; another one's begins a flow of its own."""
    flow = await session.scalar(
        select(CodeFlow)
        .where(CodeFlow.subject == asked.subject, CodeFlow.purpose == purpose, CodeFlow.used_at.is_(None), CodeFlow.expires_at > now())
        .order_by(CodeFlow.created_at.desc(), CodeFlow.id.desc())
        .limit(1)
    )
    if flow is None or flow.code is None or keyring().open(flow.destination, context=_context(flow.id)) != destination.encode():
        return None
    code = keyring().open(flow.code, context=_context(flow.id)).decode()
    return flow if hmac.compare_digest(flow.code_hash, _hash(flow.id, code, asked.bound_to)) else None


async def _new_flow(session: AsyncSession, asked: Asked, purpose: CodePurpose, destination: str) -> CodeFlow:
    flow_id, code = new_id(), f"{secrets.randbelow(10**6):06d}"
    flow = CodeFlow(
        id=flow_id,
        subject=asked.subject,
        purpose=purpose,
        destination=keyring().seal(destination.encode(), context=_context(flow_id)),
        code=keyring().seal(code.encode(), context=_context(flow_id)),
        code_hash=_hash(flow_id, code, asked.bound_to),
        locale=asked.locale,
        wrong=0,
        expires_at=now() + LIFETIME,
    )
    session.add(flow)
    await session.flush()
    return flow


def _hash(flow_id: UUID, code: str, bound_to: str) -> bytes:
    """Keyed, and bound to the flow and to whoever asked: six digits alone would be found by trying."""
    return blind_index(f"{flow_id}|{bound_to}|{code}", purpose=_CODE_INDEX)[1]


def _context(flow_id: UUID) -> bytes:
    return f"code-flow:{flow_id}".encode()


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """A code that is still to be sent."""

    subject: UUID
    purpose: CodePurpose
    destination: str
    code: str
    locale: str


async def waiting(session: AsyncSession, flow_id: UUID) -> Waiting | None:
    """What a flow whose code still counts sends; None when there is nothing left to send."""
    flow = await session.get(CodeFlow, flow_id)
    if flow is None or flow.code is None or flow.used_at is not None or flow.expires_at <= now():
        return None
    destination, code = (keyring().open(sealed, context=_context(flow.id)).decode() for sealed in (flow.destination, flow.code))
    return Waiting(flow.subject, CodePurpose(flow.purpose), destination, code, flow.locale)


@dataclass(frozen=True, slots=True)
class Flow:
    """A code on its way, as its asker sees it. `hint` is what is shown of the destination."""

    id: UUID
    hint: str
    expires_at: datetime
