"""Recovery by API: for the app, which can read the chip again, and for the account's person, who can stop it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from identity.factors.passwords import Passwords
from identity.notices.models import Channel
from identity.recovery import proofs, service
from identity.recovery.models import Recovery
from identity.recovery.schemas import (
    CodeIn,
    CodeOut,
    CodeProofIn,
    EnrolmentOut,
    IdentityProofIn,
    PasswordProofIn,
    RecoveryOut,
    StartedOut,
    StartIn,
    TotpProofIn,
    WaitingOut,
)
from identity.recovery.service import ProofRefused, RecoveryNotFound, RecoveryNotReady, RecoveryOver, Started
from identity.sign_in.where import where_of
from identity.step_up import service as step_up
from kernel.access import CallerDep, Person
from kernel.http.address import address_of
from kernel.limits import TooMany, open_door
from kernel.pool import PoolFull

router = Router(tags=["recovery"])
Secret = Annotated[str, Header(alias="Recovery-Secret", max_length=200)]
_PROVING = (RecoveryNotFound, RecoveryOver, ProofRefused)


@router.post(
    "/v1/recovery",
    audience=Anyone(),
    status_code=201,
    response_model=StartedOut,
    problems=[TooMany],
    dependencies=[Depends(open_door)],
)
async def start_recovery(body: StartIn, request: Request, session: Session) -> Started:
    """Begin. The answer is the same whether there is such an account or not."""
    return await service.start(session, body.identifier, where=where_of(request), locale=body.locale)


@router.get("/v1/recovery/{recovery_id}", audience=Anyone(), response_model=RecoveryOut, problems=[RecoveryNotFound])
async def read_recovery(recovery_id: UUID, secret: Secret, session: Session) -> Recovery:
    """How it stands, and when it can be completed."""
    return await service.find(session, recovery_id, secret)


@router.post(
    "/v1/recovery/{recovery_id}/codes",
    audience=Anyone(),
    status_code=201,
    response_model=CodeOut,
    problems=[RecoveryNotFound, RecoveryOver, TooMany],
)
async def send_recovery_code(recovery_id: UUID, body: CodeIn, secret: Secret, request: Request, session: Session) -> CodeOut:
    """Send a code to the account's own number or address, where it has one; whether it has is not told."""
    row = await service.find(session, recovery_id, secret)
    return CodeOut(flow_id=await proofs.send_code(session, row, Channel(body.channel), address=address_of(request)))


@router.post("/v1/recovery/{recovery_id}/proofs/code", audience=Anyone(), response_model=RecoveryOut, problems=_PROVING)
async def prove_by_code(recovery_id: UUID, body: CodeProofIn, secret: Secret, session: Session) -> Recovery:
    """A code that came by text message or e-mail."""
    return await proofs.by_code(session, await service.find(session, recovery_id, secret), body.flow_id, body.code)


@router.post("/v1/recovery/{recovery_id}/proofs/totp", audience=Anyone(), response_model=RecoveryOut, problems=_PROVING)
async def prove_by_totp(recovery_id: UUID, body: TotpProofIn, secret: Secret, session: Session) -> Recovery:
    """A code of the account's authenticator app."""
    return await proofs.by_totp(session, await service.find(session, recovery_id, secret), body.code)


@router.post("/v1/recovery/{recovery_id}/proofs/password", audience=Anyone(), response_model=RecoveryOut, problems=[*_PROVING, PoolFull])
async def prove_by_password(recovery_id: UUID, body: PasswordProofIn, secret: Secret, request: Request, session: Session) -> Recovery:
    """The account's password."""
    pool: Passwords = request.scope["runtime"].parts["passwords"]
    return await proofs.by_password(session, await service.find(session, recovery_id, secret), body.password, pool)


@router.post("/v1/recovery/{recovery_id}/proofs/identity", audience=Anyone(), response_model=RecoveryOut, problems=_PROVING)
async def prove_by_identity(recovery_id: UUID, body: IdentityProofIn, secret: Secret, session: Session) -> Recovery:
    """A proofing of the last half hour whose person is here already; it is used up."""
    return await proofs.by_identity(session, await service.find(session, recovery_id, secret), body.session_id, body.secret)


@router.post(
    "/v1/recovery/{recovery_id}/complete",
    audience=Anyone(),
    response_model=EnrolmentOut,
    problems=[RecoveryNotFound, RecoveryNotReady, RecoveryOver],
)
async def complete_recovery(recovery_id: UUID, secret: Secret, session: Session) -> EnrolmentOut:
    """After the wait: every earlier sign-in, device and factor ends, and the answer registers a new passkey."""
    return EnrolmentOut(enrolment=await service.complete(session, await service.find(session, recovery_id, secret)))


@router.delete("/v1/recovery/{recovery_id}", audience=Anyone(), status_code=204, problems=[RecoveryNotFound, RecoveryOver])
async def give_recovery_up(recovery_id: UUID, secret: Secret, session: Session) -> None:
    """Whoever asked gives it up."""
    await service.cancel(session, await service.find(session, recovery_id, secret), because="asker")


@router.get("/v1/me/recovery", audience=Person(), response_model=WaitingOut, problems=[NotFound])
async def read_recovery_of_mine(session: Session, caller: CallerDep) -> Recovery:
    """A recovery that waits on the caller's account."""
    row = await service.waiting_for(session, caller.person)
    if row is None:
        raise NotFound
    return row


@router.delete("/v1/me/recovery", audience=Person(), status_code=204, problems=[NotFound, RecoveryOver])
async def stop_recovery_of_mine(session: Session, caller: CallerDep) -> None:
    """Stop a recovery that waits on the caller's account, after a fresh sign-in."""
    await step_up.require(session, caller, "recovery.start")
    row = await service.waiting_for(session, caller.person)
    if row is None:
        raise NotFound
    await service.cancel(session, row, because="person")
