"""Opening an app, and answering what it asks."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.routing import Router
from identity.api import mandates
from identity.api.mandates import MandateKind, MandateMissing
from kernel.access import CallerDep, Client, Person, StepUpRequired
from plugins.launch import asking, service, spending
from plugins.launch.asking import Answer, ConsentChanged, ConsentNotAsked, ConsentRequired, RequiredDeclined
from plugins.launch.schemas import ConsentIn, ConsentOut, LaunchIn, OpenedOut
from plugins.launch.service import Opened
from plugins.launch.spending import LaunchNotFound, LaunchUsed
from plugins.registry import serving
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId

router = Router(tags=["miniapps"])


@router.post(
    "/v1/miniapps/{app_id}/launch",
    audience=Person(),
    response_model=OpenedOut,
    status_code=201,
    problems=[AppNotFound, AppSuspended, StepUpRequired, ConsentRequired, MandateMissing],
)
async def launch_miniapp(app_id: AppId, body: LaunchIn, request: Request, session: Session, caller: CallerDep) -> Opened:
    """Open an app, for oneself or by a mandate. `miniapps.consent_required` lists what to ask first, word for word."""
    act_for = None
    if body.act_for is not None:
        act_for = await mandates.acting(session, caller.person, MandateKind(body.act_for.kind), body.act_for.id)
    return await service.open_app(session, caller, app_id, locale=locale_of(request), start_param=body.start_param, act_for=act_for)


@router.post(
    "/v1/miniapps/{app_id}/consent",
    audience=Person(),
    response_model=ConsentOut,
    status_code=201,
    problems=[AppNotFound, AppSuspended, ConsentNotAsked, ConsentChanged, RequiredDeclined],
)
async def answer_miniapp(app_id: AppId, body: ConsentIn, request: Request, session: Session, caller: CallerDep) -> ConsentOut:
    """Agree to, or decline, what an app asks; nothing else is granted."""
    app = await serving.served(session, app_id, person_id=caller.person)
    granted = [Answer(one.scope, one.purpose_hash) for one in body.granted]
    declined = [Answer(one.scope, one.purpose_hash) for one in body.declined]
    request_id = request.scope.get("request_id")
    await asking.answer(session, app, caller.person, granted=granted, declined=declined, request_id=request_id)
    return ConsentOut(app_id=app_id, agreed=sorted(await asking.agreed(session, app, caller.person)))


@router.post(
    "/v1/backend/launches/{launch_id}/use",
    audience=Client(scope="backend.read"),
    status_code=201,
    response_class=Response,
    problems=[AppNotFound, AppSuspended, LaunchNotFound, LaunchUsed],
)
async def use_launch(launch_id: Annotated[UUID, Path(description="jti, or query_id")], session: Session, caller: CallerDep) -> Response:
    """Spend a launch of my app: 201 for the first who comes, 409 for everybody after. For backends without a database of their own."""
    await spending.spend(session, caller, launch_id)
    return Response(status_code=201)
