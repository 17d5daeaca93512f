"""A code for the person's host, the value for the app's backend."""

from fastapi import Request

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from kernel.access import CallerDep, Client, Person
from plugins.capabilities.consenting import NotAgreed
from plugins.codes import service
from plugins.codes.schemas import CodeIn, CodeOut, RedeemIn, RedeemOut
from plugins.codes.service import CodeNoLongerAgreed, CodeRefused, Redeemed, ScopeNotByCode
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId

router = Router(tags=["miniapps"])


@router.post(
    "/v1/miniapps/{app_id}/codes",
    audience=Person(),
    response_model=CodeOut,
    status_code=201,
    problems=[AppNotFound, AppSuspended, ScopeNotByCode, NotAgreed],
)
async def issue_code(app_id: AppId, body: CodeIn, session: Session, caller: CallerDep) -> CodeOut:
    """A code for my phone number, e-mail, address or last digits. A host asks only right after I acted in the app's page."""
    code, seconds = await service.issue(session, app_id, caller.person, body.scope)
    return CodeOut(code=code, expires_in=seconds)


@router.post(
    "/v1/backend/codes/redeem",
    audience=Client(scope="backend.read"),
    response_model=RedeemOut,
    problems=[AppNotFound, AppSuspended, CodeRefused, CodeNoLongerAgreed],
)
async def redeem_code(body: RedeemIn, request: Request, session: Session, caller: CallerDep) -> Redeemed:
    """The value behind a code, once; the person sees this reading and its purpose."""
    return await service.redeem(session, caller, body.code, request_id=request.scope.get("request_id"))
