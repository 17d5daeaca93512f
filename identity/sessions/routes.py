"""The person's sign-ins: where they are signed in, and ending any of it from anywhere."""

from uuid import UUID

from sqlalchemy import select

from hanoismart.clock import now
from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.devices.models import Device
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.sessions import service
from identity.sessions.models import SignInSession
from identity.sessions.schemas import EndedOut, SessionOut
from identity.step_up import service as step_up
from kernel.access import Caller, CallerDep, Person

router = Router(tags=["sessions"])
END = "sessions.end"


@router.get("/v1/me/sessions", audience=Person(), response_model=ListOut[SessionOut], problems=[CursorInvalid])
async def list_sessions(session: Session, caller: CallerDep, page: Paging) -> ListOut[SessionOut]:
    """Where the caller is signed in, the newest first."""
    mine = select(SignInSession).where(
        SignInSession.person_id == caller.person, SignInSession.ended_at.is_(None), SignInSession.expires_at > now()
    )
    found = await paginate(session, mine, [SignInSession.created_at, SignInSession.id], page)
    bound = [row.device_id for row in found.items if row.device_id is not None]
    named = await session.execute(select(Device.id, Device.name).where(Device.id.in_(bound)))
    names: dict[UUID, str] = {row.id: row.name for row in named}
    return ListOut(items=[_shown(row, names, caller) for row in found.items], next=found.next)


@router.delete("/v1/me/sessions/{session_id}", audience=Person(), status_code=204, problems=[NotFound])
async def end_session_of_mine(session_id: UUID, session: Session, caller: CallerDep) -> None:
    """End one sign-in; what hangs on it dies within seconds. Another person's is not there."""
    await step_up.require(session, caller, END)
    owner = await session.scalar(select(SignInSession.person_id).where(SignInSession.id == session_id))
    if owner != caller.person or not await service.end(session, session_id, because="person"):
        raise NotFound


@router.delete("/v1/me/sessions", audience=Person(), response_model=EndedOut)
async def end_other_sessions(session: Session, caller: CallerDep) -> EndedOut:
    """End every sign-in of the caller but this one."""
    await step_up.require(session, caller, END)
    ended = await service.end_all(session, caller.person, because="person", keep=caller.session_id)
    if ended:
        await notices.tell(session, caller.person, NoticeKind.SESSIONS_ENDED)
    return EndedOut(ended=ended)


def _shown(row: SignInSession, names: dict[UUID, str], caller: Caller) -> SessionOut:
    named = names.get(row.device_id) if row.device_id is not None else None
    return SessionOut(
        id=row.id,
        device=named or row.device,
        device_id=row.device_id,
        place=row.place,
        methods=row.amr,
        auth_time=row.auth_time,
        created_at=row.created_at,
        expires_at=row.expires_at,
        current=row.id == caller.session_id,
    )
