"""A backend asks for money: an intent that pays the app's own payee, and word of it to that backend alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from kernel.access import Caller
from payments import api as payments
from payments.api import Intent, IntentNotFound, Payee
from payments.events import PaymentSettled
from plugins.capabilities.consenting import app_of, reached
from plugins.capabilities.models import AppPayment
from plugins.registry.live import LiveApp
from plugins.webhooks.service import tell

SCOPE: Final = "payments.charge"


class PaymentsNotEnabled(Problem):
    code = "backend.payments_not_enabled"
    status = 409
    title = Text(vi="Ứng dụng chưa được phép thu tiền", en="The app may not charge")


async def charge(
    session: AsyncSession,
    caller: Caller,
    *,
    sub: str | None,
    amount: int,
    description: Text,
    reference: str,
    expires_at: datetime,
) -> Intent:
    """Ask for `amount` whole đồng; one payment per reference of an app. Without `sub`, whoever holds the QR pays.

    Raises AppNotFound, AppSuspended, PersonUnknown, NotAgreed, PaymentsNotEnabled, and what payments refuses.
    """
    app, payer = await app_of(session, caller), None
    if sub is not None:
        person = await reached(session, caller, sub)
        person.require(SCOPE)
        payer = person.person_id
    intent = await payments.create_intent(
        session,
        payer_id=payer,
        payee=_payee(app),
        amount=amount,
        description=description,
        reference=f"{app.app_id}/{reference}",
        expires_at=expires_at,
        dedupe=f"miniapp:{app.app_id}:{reference}",
    )
    row = insert(AppPayment).values(intent_id=intent.id, app_id=app.app_id, reference=reference, created_at=now())
    await session.execute(row.on_conflict_do_nothing())
    return intent


async def payment(session: AsyncSession, caller: Caller, intent_id: UUID) -> tuple[Intent, str]:
    """A payment of this app, with the app's own reference. Raises IntentNotFound for any other."""
    mine = select(AppPayment.reference).where(AppPayment.intent_id == intent_id, AppPayment.app_id == caller.client_id)
    reference = await session.scalar(mine)
    if reference is None:
        raise IntentNotFound
    return await payments.intent(session, intent_id), reference


async def payment_settled(session: AsyncSession, event: PaymentSettled) -> None:
    """Tell the app whose payment it is; nothing happens for payments of others."""
    row = await session.get(AppPayment, event.intent_id)
    if row is None:
        return
    data: Mapping[str, Any] = {
        "intent_id": str(event.intent_id),
        "reference": row.reference,
        "amount": event.amount,
        "settled_at": event.settled_at.isoformat(),
    }
    await tell(session, row.app_id, "payment.succeeded", data, dedupe=str(event.intent_id))


def _payee(app: LiveApp) -> Payee:
    if not app.manifest.hs.payments.enabled or app.payee is None:
        raise PaymentsNotEnabled
    return Payee(**app.payee)
