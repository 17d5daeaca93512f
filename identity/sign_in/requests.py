"""Sign-ins another device decides: a code it scans, or a push it approves; the number on this screen is given there, always."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.contacts import service as contacts
from identity.events import ApprovalAsked
from identity.sessions.models import SignInSession
from identity.settings import settings
from identity.sign_in.models import RequestKind, RequestState, SignInRequest
from identity.sign_in.where import Where
from kernel.audit import record
from kernel.events import emit
from kernel.jobs import jobs
from kernel.limits import spend

LIFETIME = timedelta(seconds=60)
PUSH_WINDOW = timedelta(minutes=15)
HOUR = timedelta(hours=1)
WRONG_ALLOWED = 2
"""Wrong numbers before the request is refused: the third ends it (Diia's three attempts)."""


class SignInGone(Problem):
    """Never there, another person's, decided or over its minute: one answer."""

    code = "sign_in.gone"
    status = 404
    title = Text(vi="Yêu cầu đăng nhập không còn hiệu lực", en="This sign-in request is no longer there")


class NumberWrong(Problem):
    code = "sign_in.number_wrong"
    status = 422
    title = Text(vi="Số không khớp với số trên màn hình kia", en="The number is not the one on the other screen")
    keep = True


@dataclass(frozen=True, slots=True)
class Opened:
    """What the waiting page shows. `reference` goes into the QR code."""

    id: UUID
    reference: str
    number: int
    expires_at: datetime


def digest(value: str) -> bytes:
    """What is kept of a secret of ours; 256 random bits need no slow hash."""
    return hashlib.sha256(value.encode()).digest()


async def open_qr(session: AsyncSession, *, bound_to: str, client_id: str, where: Where) -> Opened:
    """A code for any device to scan, for a minute. `bound_to` is the browser's interaction."""
    return await _open(session, RequestKind.QR, None, bound_to, client_id, where)


async def open_push(session: AsyncSession, identifier: str, *, bound_to: str, client_id: str, where: Where) -> Opened:
    """Ask the devices of whoever has this telephone number or e-mail address; nothing tells whether anybody has.

    Raises TooMany: a few in a quarter of an hour per account, that a flood of questions tires nobody into a yes.
    """
    chosen = settings()
    account = f"push-account:{contacts.spelling(identifier)}"
    await spend(session, account, limit=chosen.approvals_per_account, window=PUSH_WINDOW)
    await spend(session, f"push-address:{where.address}", limit=chosen.codes_per_address, window=HOUR)
    person_id = await contacts.find_person(session, identifier)
    opened = await _open(session, RequestKind.PUSH, person_id, bound_to, client_id, where)
    await jobs.enqueue(session, "sign_in.ask_devices", {"id": str(opened.id)})  # for nobody too: the time it takes tells nothing
    return opened


async def ask_devices(session: AsyncSession, request_id: UUID) -> None:
    """Tell the house that somebody's devices are asked; a request for nobody asks none."""
    row = await session.get(SignInRequest, request_id)
    if row is not None and row.person_id is not None and row.expires_at > now():
        await emit(session, ApprovalAsked(row.person_id, row.id))


async def _open(session: AsyncSession, kind: RequestKind, person_id: UUID | None, bound_to: str, client_id: str, where: Where) -> Opened:
    reference = secrets.token_urlsafe(24)
    row = SignInRequest(
        id=new_id(),
        kind=kind,
        state=RequestState.WAITING,
        reference_hash=digest(reference),
        bound_to=digest(bound_to),
        person_id=person_id,
        client_id=client_id,
        number=10 + secrets.randbelow(90),
        wrong=0,
        device=where.device,
        network=where.network,
        place=where.place,
        expires_at=now() + LIFETIME,
    )
    session.add(row)
    await session.flush()
    return Opened(row.id, reference, row.number, row.expires_at)


async def scan(session: AsyncSession, person_id: UUID, reference: str) -> SignInRequest:
    """The first person whose device scans a code has it; it is nobody else's from then on. Raises SignInGone."""
    claimed = await session.scalar(
        update(SignInRequest)
        .where(
            SignInRequest.reference_hash == digest(reference),
            SignInRequest.kind == RequestKind.QR,
            SignInRequest.state == RequestState.WAITING,
            SignInRequest.expires_at > now(),
        )
        .values(state=RequestState.CLAIMED, person_id=person_id)
        .returning(SignInRequest.id)
    )
    if claimed is None:
        raise SignInGone
    return await find(session, person_id, claimed)


def asked_of(person_id: UUID) -> Select[SignInRequest]:
    """What waits for this person's yes or no now."""
    waiting = (SignInRequest.kind == RequestKind.PUSH) & (SignInRequest.state == RequestState.WAITING)
    mine = waiting | (SignInRequest.state == RequestState.CLAIMED)
    return select(SignInRequest).where(SignInRequest.person_id == person_id, mine, SignInRequest.expires_at > now())


async def find(session: AsyncSession, person_id: UUID, request_id: UUID) -> SignInRequest:
    """Raises SignInGone."""
    row = await session.scalar(
        asked_of(person_id).where(SignInRequest.id == request_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise SignInGone
    return row


async def approve(session: AsyncSession, person_id: UUID, request_id: UUID, number: int, *, acr: int) -> None:
    """Yes, with the number the other screen shows. `acr` is the approver's own level. Raises SignInGone, NumberWrong."""
    row = await find(session, person_id, request_id)
    if number != row.number:
        if row.wrong >= WRONG_ALLOWED:
            row.state, row.decided_at = RequestState.REFUSED, now()
        row.wrong += 1
        await session.flush()
        raise NumberWrong
    row.state, row.decided_at, row.approved_acr = RequestState.APPROVED, now(), acr
    await session.flush()
    await record(
        session, actor=f"person:{person_id}", action="sign_in.approved", subject=f"person:{person_id}", facts={"request": str(row.id)}
    )


async def refuse(session: AsyncSession, person_id: UUID, request_id: UUID) -> None:
    """No. Raises SignInGone."""
    row = await find(session, person_id, request_id)
    row.state, row.decided_at = RequestState.REFUSED, now()
    await session.flush()
    await record(
        session, actor=f"person:{person_id}", action="sign_in.refused", subject=f"person:{person_id}", facts={"request": str(row.id)}
    )


async def state(session: AsyncSession, request_id: UUID, bound_to: str) -> RequestState | None:
    """How a request of this browser stands; None when it is another's or over."""
    found: RequestState | None = await session.scalar(
        select(SignInRequest.state).where(
            SignInRequest.id == request_id, SignInRequest.bound_to == digest(bound_to), SignInRequest.expires_at > now()
        )
    )
    return found


async def use(session: AsyncSession, request_id: UUID, bound_to: str, *, client_id: str) -> tuple[UUID, int] | None:
    """The person who approved, and the level of their approval: once, in the browser and for the client it was asked for.

    Where a sign-in of theirs ended after the approval, as after a lock or a recovery, what was signed in then approves nothing any more.
    """
    ended_since = exists().where(SignInSession.person_id == SignInRequest.person_id, SignInSession.ended_at >= SignInRequest.decided_at)
    used = await session.execute(
        update(SignInRequest)
        .where(
            SignInRequest.id == request_id,
            SignInRequest.bound_to == digest(bound_to),
            SignInRequest.client_id == client_id,
            SignInRequest.state == RequestState.APPROVED,
            SignInRequest.expires_at > now(),
            ~ended_since,
        )
        .values(state=RequestState.USED)
        .returning(SignInRequest.person_id, SignInRequest.approved_acr)
    )
    row = used.one_or_none()
    return None if row is None else (row.person_id, row.approved_acr or 0)
