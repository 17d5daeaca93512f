"""What a person's host does for the page of an app: tell it who they are, and ask them for money in a sheet of its own."""

from fastapi import Depends, Request

from hanoismart import assurance
from hanoismart.server.edge import Session
from hanoismart.server.idempotency import KeyRequired, require_key
from hanoismart.server.routing import Router
from hanoismart.text import Text
from kernel.access import CallerDep, Person
from payments.api import IntentDiffers, IntentInvalid
from plugins.capabilities import charging, reading
from plugins.capabilities.charging import PaymentsNotEnabled
from plugins.capabilities.schemas import PagePaymentIn, PaymentOut, ProfileOut
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId

router = Router(tags=["miniapps"])


@router.post("/v1/miniapps/{app_id}/profile", audience=Person(), response_model=ProfileOut, problems=[AppNotFound, AppSuspended])
async def read_profile(app_id: AppId, request: Request, session: Session, caller: CallerDep) -> ProfileOut:
    """What I agreed that the app's page may know of me; the reading stands in my log."""
    sub, values = await reading.profile(session, caller, app_id, request_id=request.scope.get("request_id"))
    return ProfileOut(sub=sub, acr=assurance.acr_of(caller.acr), values=values)


@router.post(
    "/v1/miniapps/{app_id}/payments",
    audience=Person(),
    response_model=PaymentOut,
    status_code=201,
    dependencies=[Depends(require_key)],
    problems=[KeyRequired, AppNotFound, AppSuspended, PaymentsNotEnabled, IntentInvalid, IntentDiffers],
)
async def ask_to_pay(app_id: AppId, body: PagePaymentIn, session: Session, caller: CallerDep) -> PaymentOut:
    """The app's page asks me to pay its owner; I see the sum and pay in my own banking app. The app's backend hears of it."""
    description = Text(vi=body.description.vi, en=body.description.en)
    intent, reference = await charging.charge_in_page(
        session, caller, app_id, amount=body.amount, description=description, reference=body.reference
    )
    return PaymentOut(
        id=intent.id,
        state=intent.state,
        amount=intent.amount,
        reference=reference,
        qr_text=intent.qr_text,
        expires_at=intent.expires_at,
    )
