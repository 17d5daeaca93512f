"""The approving device's side of a sign-in elsewhere, and the waiting page's question how it stands."""

from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.clients import service as clients
from identity.oauth import cookies
from identity.oauth.described import PAGES
from identity.pages.render import page
from identity.sign_in import requests
from identity.sign_in.models import SignInRequest
from identity.sign_in.requests import NumberWrong, SignInGone
from identity.sign_in.schemas import NumberIn, ScanIn, SignInOut, StateOut
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, Person
from kernel.http.address import network_of

router = Router(tags=["sign_in"])
APPROVE = "device.approve"


@router.get("/v1/me/sign-ins", audience=Person(), response_model=ListOut[SignInOut], problems=[CursorInvalid])
async def list_sign_ins(request: Request, session: Session, caller: CallerDep, page_: Paging) -> ListOut[SignInOut]:
    """Sign-ins elsewhere that wait for the caller's yes or no."""
    found = await paginate(session, requests.asked_of(caller.person), [SignInRequest.created_at, SignInRequest.id], page_)
    return ListOut(items=[await _shown(session, request, row) for row in found.items], next=found.next)


@router.post("/v1/me/sign-in-scans", audience=Person(), response_model=SignInOut, problems=[SignInGone])
async def scan_sign_in(body: ScanIn, request: Request, session: Session, caller: CallerDep) -> SignInOut:
    """A code was scanned: it is the caller's to decide, and nobody else's. Shows what asks, and where it is."""
    return await _shown(session, request, await requests.scan(session, caller.person, body.reference))


@router.get("/v1/me/sign-ins/{request_id}", audience=Person(), response_model=SignInOut, problems=[SignInGone])
async def read_sign_in(request_id: UUID, request: Request, session: Session, caller: CallerDep) -> SignInOut:
    """One sign-in that waits for the caller."""
    return await _shown(session, request, await requests.find(session, caller.person, request_id))


@router.post(
    "/v1/me/sign-ins/{request_id}/approve",
    audience=Person(),
    status_code=204,
    problems=[SignInGone, NumberWrong, ActionFrozen],
)
async def approve_sign_in(request_id: UUID, body: NumberIn, session: Session, caller: CallerDep) -> None:
    """Yes, with the number the other screen shows, after a fresh sign-in by passkey. Three wrong numbers refuse it."""
    await step_up.require(session, caller, APPROVE)
    await requests.approve(session, caller.person, request_id, body.number, acr=caller.acr)


@router.post("/v1/me/sign-ins/{request_id}/refuse", audience=Person(), status_code=204, problems=[SignInGone])
async def refuse_sign_in(request_id: UUID, session: Session, caller: CallerDep) -> None:
    """No: the other screen is told so."""
    await requests.refuse(session, caller.person, request_id)


@router.get("/oauth/sign-ins/{request_id}", audience=Anyone(), response_model=StateOut, problems=[SignInGone])
async def sign_in_state(request_id: UUID, request: Request, session: Session) -> StateOut:
    """How a sign-in on another device stands, for the browser that asked for it."""
    found = await requests.state(session, request_id, cookies.interaction(request) or "")
    if found is None:
        raise SignInGone
    return StateOut(state=found.value)


@router.get("/oauth/scan/{reference}", audience=Anyone(), responses=PAGES)
async def scanned_with_a_camera(reference: str, request: Request) -> Response:  # noqa: ARG001 (the app reads it; a browser need not)
    """What a plain camera opens: a word that the code is meant for the app."""
    return page(request, "scan.html")


async def _shown(session: AsyncSession, request: Request, row: SignInRequest) -> SignInOut:
    client = await clients.find(session, row.client_id)
    name = "" if client is None else client.name_en if locale_of(request) == "en" else client.name_vi
    return SignInOut(
        id=row.id,
        kind=row.kind.value,
        client_name=name,
        device=row.device,
        place=row.place,
        elsewhere=row.network != network_of(request),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
