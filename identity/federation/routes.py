"""Proving who one is over VNeID: begin, come back, finish; for a new account, or while signed in for one's own."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header, Query, Request
from pydantic import Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse

from hanoismart.server.audience import Anyone
from hanoismart.server.database import Database
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, Out
from identity.federation import service
from identity.federation.service import Begun, Return, ReturnRefused
from identity.federation.vneid import Vneid, VneidRefused, VneidUnavailable
from identity.proofing import service as proofing
from identity.proofing.models import ProofingSession
from identity.proofing.schemas import VerdictOut
from identity.proofing.service import ProofingClosed, ProofingNotFound
from identity.proofing.verdicts import Verdict
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, Person, StepUpRequired
from kernel.http.address import address_of
from kernel.limits import TooMany

router = Router(tags=["proofing"])
Secret = Annotated[str, Header(alias="Proofing-Secret", max_length=200)]
BEGINNING = [TooMany, ReturnRefused, VneidUnavailable]
Find = Callable[[AsyncSession], Awaitable[ProofingSession]]
FINISHING = [ProofingNotFound, ProofingClosed, VneidRefused, VneidUnavailable]


class BeginIn(In):
    client_id: Line
    return_to: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="a registered redirect address of the client"
    )
    locale: Literal["vi", "en"] = "vi"


class BegunOut(Out):
    id: UUID
    secret: str = Field(description="told this once; goes into the header Proofing-Secret")
    authorization_url: str = Field(description="for the system browser")
    expires_at: datetime


class FinishIn(In):
    """What the browser brought back: `code`, or the `error` VNeID answered with."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = None
    error: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None


@router.post("/v1/proofing/vneid", audience=Anyone(), status_code=201, response_model=BegunOut, problems=BEGINNING)
async def begin_vneid(body: BeginIn, request: Request, session: Session) -> Begun:
    """Open a way to VNeID for a new account."""
    back = Return(body.client_id, body.return_to)
    return await service.begin(session, _vneid(request), back, address=address_of(request), locale=body.locale)


@router.get("/v1/proofing/vneid/callback", audience=Anyone(), status_code=303, response_class=RedirectResponse, problems=[ProofingNotFound])
async def return_from_vneid(
    session: Session,
    state: Annotated[str, Query(max_length=200)],
    code: Annotated[str | None, Query(max_length=2_000)] = None,
    error: Annotated[str | None, Query(max_length=100)] = None,
) -> RedirectResponse:
    """VNeID sends the browser here; it goes on to the app that waits, and nothing is redeemed on the way."""
    said = {"code": code} if code else {"error": error or "invalid_response"}
    return RedirectResponse(await service.returning(session, state, said), status_code=303, headers={"Cache-Control": "no-store"})


@router.post("/v1/proofing/vneid/{session_id}/finish", audience=Anyone(), response_model=VerdictOut, problems=FINISHING)
async def finish_vneid(session_id: UUID, body: FinishIn, secret: Secret, request: Request, session: Session) -> Verdict:
    """Redeem what the browser brought back: once, with the secret of the beginning."""

    async def find(held: AsyncSession) -> ProofingSession:
        return await proofing.find(held, session_id, secret)

    return await _finish(request, session, body, find)


@router.post(
    "/v1/me/proofing/vneid",
    audience=Person(),
    status_code=201,
    response_model=BegunOut,
    problems=[*BEGINNING, StepUpRequired, ActionFrozen],
)
async def begin_own_vneid(body: BeginIn, request: Request, session: Session, caller: CallerDep) -> Begun:
    """Open a way to VNeID for the caller's own account: a higher level, or a document renewed."""
    await step_up.require(session, caller, "factor.change")
    back = Return(body.client_id, body.return_to)
    return await service.begin(session, _vneid(request), back, address=address_of(request), locale=body.locale, for_person_id=caller.person)


@router.post("/v1/me/proofing/vneid/{session_id}/finish", audience=Person(), response_model=VerdictOut, problems=FINISHING)
async def finish_own_vneid(session_id: UUID, body: FinishIn, request: Request, session: Session, caller: CallerDep) -> Verdict:
    """Redeem what the browser brought back, for the caller's own account."""

    async def find(held: AsyncSession) -> ProofingSession:
        return await proofing.find_own(held, session_id, caller.person)

    return await _finish(request, session, body, find)


async def _finish(request: Request, session: Session, body: FinishIn, find: Find) -> Verdict:
    """The attempt is taken and committed first, VNeID is called with nothing held, and the verdict is the request's own transaction."""
    database: Database = request.scope["runtime"].database
    async with database.transaction() as claiming:
        way = await service.claim(claiming, await find(claiming))
    try:
        if body.code is None:
            raise VneidRefused("denied" if body.error == "access_denied" else "error")  # noqa: TRY301 (one place writes down every refusal)
        identity = await _vneid(request).redeem(body.code, nonce=way.nonce, verifier=way.verifier)
        return await service.decide(session, await find(session), identity, locale=way.locale)
    except (VneidRefused, VneidUnavailable) as refusal:
        await service.refuse(session, await find(session), refusal)
        raise


def _vneid(request: Request) -> Vneid:
    found: Vneid = request.scope["runtime"].parts["vneid"]
    return found
