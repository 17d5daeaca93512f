"""My sessions. Starting and extending talk to the hub between two transactions, so they open their own."""

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from hanoismart.clock import now
from hanoismart.server.database import Database
from hanoismart.server.edge import Session
from hanoismart.server.miniapp import Citizen, VisitorDep, hub_of
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from miniapps.parking.server.places.queries import PlaceNotFound
from miniapps.parking.server.plates import PlateInvalid, normalise
from miniapps.parking.server.rates.service import NoTariff, StayInvalid
from miniapps.parking.server.sessions import charging, service
from miniapps.parking.server.sessions.models import ParkingSession
from miniapps.parking.server.sessions.problems import PaymentUnavailable, PaymentWaiting, SessionClosed, SessionNotFound, SessionOpen
from miniapps.parking.server.sessions.schemas import ExtendIn, SessionIn, SessionOut, session_out

router = Router(tags=["sessions"])
DRIVER = Citizen(frozenset({"payments.charge"}))


@router.post(
    "/sessions",
    audience=DRIVER,
    response_model=SessionOut,
    status_code=201,
    problems=[PlaceNotFound, PlateInvalid, StayInvalid, NoTariff, SessionOpen, PaymentUnavailable],
)
async def start_session(body: SessionIn, request: Request, visitor: VisitorDep) -> SessionOut:
    """Park a vehicle: the session runs as soon as its payment has come."""
    database: Database = request.scope["runtime"].database
    wish = service.Wish(
        subject=visitor.subject,
        plate=normalise(body.plate),
        vehicle_class=body.vehicle_class,
        place_id=body.place_id,
        ends_at=body.end(now()),
        reminder_lead=body.reminder_lead,
        wants_name="profile.name" in visitor.scopes,
    )
    async with database.transaction() as session:
        segment = await service.start(session, wish)
    await charging.ask(database, hub_of(request), visitor.subject, wish.plate, segment)
    return await _shown(request, visitor.subject, segment.session_id)


@router.post(
    "/sessions/{session_id}/extend",
    audience=DRIVER,
    response_model=SessionOut,
    problems=[SessionNotFound, SessionClosed, PaymentWaiting, StayInvalid, PaymentUnavailable],
)
async def extend_session(session_id: UUID, body: ExtendIn, request: Request, visitor: VisitorDep) -> SessionOut:
    """Buy more time; it counts as soon as its payment has come."""
    database: Database = request.scope["runtime"].database
    async with database.transaction() as session:
        segment = await service.extend(session, visitor.subject, session_id, ends_at=body.ends_at, seconds=body.seconds)
        plate = (await service.mine(session, visitor.subject, session_id)).plate
    await charging.ask(database, hub_of(request), visitor.subject, plate, segment)
    return await _shown(request, visitor.subject, session_id)


@router.post("/sessions/{session_id}/stop", audience=DRIVER, response_model=SessionOut, problems=[SessionNotFound, SessionClosed])
async def stop_session(session_id: UUID, request: Request, session: Session, visitor: VisitorDep) -> SessionOut:
    """Leave early; what was not used is due back."""
    row = await service.stop(session, visitor.subject, session_id)
    return session_out(row, await service.segments(session, row.id), _keyring(request))


@router.get("/sessions", audience=DRIVER, response_model=ListOut[SessionOut])
async def list_sessions(request: Request, session: Session, visitor: VisitorDep, page: Paging) -> Page[SessionOut]:
    """My sessions, newest first."""
    own = select(ParkingSession).where(ParkingSession.subject == visitor.subject)
    rows = await paginate(session, own, [ParkingSession.created_at, ParkingSession.id], page)
    shown = [session_out(row, await service.segments(session, row.id), _keyring(request)) for row in rows.items]
    return Page(shown, rows.next)


@router.get("/sessions/{session_id}", audience=DRIVER, response_model=SessionOut, problems=[SessionNotFound])
async def read_session(session_id: UUID, request: Request, session: Session, visitor: VisitorDep) -> SessionOut:
    """One of my sessions."""
    row = await service.mine(session, visitor.subject, session_id)
    return session_out(row, await service.segments(session, row.id), _keyring(request))


async def _shown(request: Request, subject: str, session_id: UUID) -> SessionOut:
    database: Database = request.scope["runtime"].database
    async with database.transaction() as session:
        row = await service.mine(session, subject, session_id)
        return session_out(row, await service.segments(session, row.id), _keyring(request))


def _keyring(request: Request) -> Any:
    return request.scope["runtime"].parts["keyring"]
