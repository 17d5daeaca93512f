"""A person's payments with their QR pictures, and the door at which providers call back."""

import io
from uuid import UUID

import segno
import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.routing import Router
from kernel.access import CallerDep, Person, Provider
from payments.intents import service
from payments.intents.models import IntentState
from payments.intents.schemas import PaymentOut
from payments.intents.settling import take
from payments.providers.ports import CallbackMalformed, ProviderUnknown, SignatureRefused
from payments.providers.registry import provider as adapter
from payments.receipts.models import ReceiptRow

router = Router(tags=["payments"])
log = structlog.get_logger()


@router.get("/v1/me/payments/{intent_id}", audience=Person(), problems=[service.IntentNotFound], response_model=PaymentOut)
async def payment(request: Request, intent_id: UUID, session: Session, caller: CallerDep) -> PaymentOut:
    found = await service.own_intent(session, caller.person, intent_id)
    receipt_id = await session.scalar(select(ReceiptRow.id).where(ReceiptRow.intent_id == intent_id))
    return PaymentOut(
        id=found.id,
        state=IntentState(found.state),
        amount=found.amount,
        payee=found.payee_name,
        description=found.description.in_(locale_of(request)),
        reference=found.reference,
        code=found.code,
        qr_text=found.qr_text,
        created_at=found.created_at,
        expires_at=found.expires_at,
        settled_at=found.settled_at,
        receipt_id=receipt_id,
    )


@router.get("/v1/me/payments/{intent_id}/qr.svg", audience=Person(), problems=[service.IntentNotFound], response_class=Response)
async def payment_qr_svg(intent_id: UUID, session: Session, caller: CallerDep) -> Response:
    return _picture((await service.own_intent(session, caller.person, intent_id)).qr_text, "svg", "image/svg+xml")


@router.get("/v1/me/payments/{intent_id}/qr.png", audience=Person(), problems=[service.IntentNotFound], response_class=Response)
async def payment_qr_png(intent_id: UUID, session: Session, caller: CallerDep) -> Response:
    return _picture((await service.own_intent(session, caller.person, intent_id)).qr_text, "png", "image/png")


def _picture(text: str, kind: str, media_type: str) -> Response:
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind=kind, scale=8, border=4)
    return Response(drawn.getvalue(), media_type=media_type, headers={"Cache-Control": "private, max-age=300"})


@router.post("/v1/payments/callbacks/{provider}", audience=Provider(), problems=[ProviderUnknown], response_class=JSONResponse)
async def provider_callback(request: Request, provider: str, session: Session) -> JSONResponse:
    """Answers with a status and a code of the provider's own list; a discrepancy is written down, and then refused."""
    bank, raw = adapter(provider), await request.body()
    try:
        payment = bank.verify_callback(raw, request.headers)
    except SignatureRefused:
        log.warning("payments.callback_refused", provider=provider)
        outcome = "bad_signature"
    except CallbackMalformed:
        outcome = "malformed"
    else:
        taken = await take(session, bank.name, payment, raw)
        outcome = taken.value if taken is not None else "duplicate"
    answer = bank.answer(outcome)
    return JSONResponse(dict(answer.body), answer.status)
