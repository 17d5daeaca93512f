"""The identity lock: one call to lock, a fresh strong sign-in to unlock."""

from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from identity.locks import service
from identity.locks.schemas import LockOut
from identity.step_up import service as step_up
from kernel.access import CallerDep, Person

router = Router(tags=["locks"])


@router.get("/v1/me/lock", audience=Person(), response_model=LockOut)
async def read_lock(session: Session, caller: CallerDep) -> LockOut:
    """Whether the caller's lock stands, and until when the riskiest operations are frozen after a recovery."""
    return await _shown(session, caller.person)


@router.post("/v1/me/lock", audience=Person(), response_model=LockOut)
async def lock_identity(session: Session, caller: CallerDep) -> LockOut:
    """Lock: nothing new is signed in to, consented to, paid or signed; every other session ends. Asks for nothing, so that it is quick."""
    await service.lock(session, caller.person, keep=caller.session_id)
    return await _shown(session, caller.person)


@router.delete("/v1/me/lock", audience=Person(), response_model=LockOut)
async def unlock_identity(session: Session, caller: CallerDep) -> LockOut:
    """Unlock, after a fresh sign-in by passkey or authenticator code."""
    await step_up.require(session, caller, "identity.unlock")
    await service.unlock(session, caller.person, because="step_up")
    return await _shown(session, caller.person)


async def _shown(session: Session, person_id: UUID) -> LockOut:
    return LockOut(locked=await service.is_locked(session, person_id), frozen_until=await step_up.frozen_until(session, person_id))
