"""The backends' side of the hub; every route is for clients on their own account, and each has its scope."""

from uuid import UUID

from fastapi import Depends, Request

from hanoismart.server.edge import Session
from hanoismart.server.idempotency import KeyRequired, require_key
from hanoismart.server.routing import Router
from hanoismart.text import Text
from kernel.access import CallerDep, Client
from notifications.api import TemplateIncomplete
from payments.api import Intent, IntentDiffers, IntentInvalid, IntentNotFound
from plugins.capabilities import charging, notifying, reading
from plugins.capabilities.charging import PaymentsNotEnabled
from plugins.capabilities.consenting import NotAgreed, PersonUnknown
from plugins.capabilities.notifying import TemplateNotYours
from plugins.capabilities.reading import NotReadable, PurposeUnknown
from plugins.capabilities.schemas import FactsIn, FactsOut, NotificationIn, NotificationOut, PaymentIn, PaymentOut, ReadIn, ReadOut
from plugins.registry.problems import AppNotFound, AppSuspended

router = Router(tags=["backends"])
REACHING = [AppNotFound, AppSuspended, PersonUnknown, NotAgreed]


@router.post(
    "/v1/backend/notifications",
    audience=Client(scope="backend.notify"),
    response_model=NotificationOut,
    status_code=201,
    problems=[*REACHING, TemplateNotYours, TemplateIncomplete],
)
async def tell_person(body: NotificationIn, session: Session, caller: CallerDep) -> NotificationOut:
    """Tell a person who agreed to be told, with a template of the manifest."""
    sent = await notifying.tell_person(session, caller, body.sub, body.template, body.data, dedupe=body.dedupe, link=body.link)
    return NotificationOut(sent=sent)


@router.post(
    "/v1/backend/payments",
    audience=Client(scope="backend.pay"),
    response_model=PaymentOut,
    status_code=201,
    dependencies=[Depends(require_key)],
    problems=[KeyRequired, *REACHING, PaymentsNotEnabled, IntentInvalid, IntentDiffers],
)
async def ask_for_payment(body: PaymentIn, session: Session, caller: CallerDep) -> PaymentOut:
    """Ask for money; the same reference gives the same payment."""
    intent = await charging.charge(
        session,
        caller,
        sub=body.sub,
        amount=body.amount,
        description=Text(vi=body.description.vi, en=body.description.en),
        reference=body.reference,
        expires_at=body.expires_at,
    )
    return _payment(intent, body.reference)


@router.get(
    "/v1/backend/payments/{intent_id}",
    audience=Client(scope="backend.pay"),
    response_model=PaymentOut,
    problems=[AppNotFound, AppSuspended, IntentNotFound],
)
async def read_payment(intent_id: UUID, session: Session, caller: CallerDep) -> PaymentOut:
    """A payment this app asked for."""
    return _payment(*await charging.payment(session, caller, intent_id))


@router.post(
    "/v1/backend/people/read",
    audience=Client(scope="backend.read"),
    response_model=ReadOut,
    problems=[*REACHING, NotReadable, PurposeUnknown],
)
async def read_person(body: ReadIn, request: Request, session: Session, caller: CallerDep) -> ReadOut:
    """What a person agreed to be read; the reading stands in their log in the same transaction."""
    purpose, request_id = Text(vi=body.purpose.vi, en=body.purpose.en), request.scope.get("request_id")
    return ReadOut(values=await reading.read_person(session, caller, body.sub, body.attributes, purpose, request_id=request_id))


@router.post(
    "/v1/backend/people/facts",
    audience=Client(scope="backend.read"),
    response_model=FactsOut,
    problems=[AppNotFound, AppSuspended, NotReadable, PurposeUnknown],
)
async def read_facts(body: FactsIn, request: Request, session: Session, caller: CallerDep) -> FactsOut:
    """What agencies attest today of up to a hundred people who agreed: the fact, not the file; each reading stands in their log."""
    purpose, request_id = Text(vi=body.purpose.vi, en=body.purpose.en), request.scope.get("request_id")
    return FactsOut(people=await reading.read_facts(session, caller, body.subs, body.attributes, purpose, request_id=request_id))


def _payment(intent: Intent, reference: str) -> PaymentOut:
    return PaymentOut(
        id=intent.id,
        state=intent.state,
        amount=intent.amount,
        reference=reference,
        qr_text=intent.qr_text,
        expires_at=intent.expires_at,
    )
