"""A backend asks for money: an intent that pays the app's own payee, and word of it to that backend alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api.tokens import pairwise
from kernel.access import Caller
from payments import api as payments
from payments.api import Intent, IntentNotFound, Payee
from payments.events import PaymentSettled
from plugins.capabilities.consenting import app_of, reached
from plugins.capabilities.models import AppPayment
from plugins.registry import serving
from plugins.registry.live import LiveApp
from plugins.webhooks.service import tell

SCOPE: Final = "payments.charge"
PAGE_LIFETIME: Final = timedelta(minutes=15)


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
    payer = None
    if sub is not None:
        person = await reached(session, caller, sub)
        person.require(SCOPE)
        app, payer = person.app, person.person_id
    else:
        app = await app_of(session, caller)
    return await _asked(session, app, payer, _Bill(amount, description, reference, expires_at))


async def charge_in_page(
    session: AsyncSession, caller: Caller, app_id: str, *, amount: int, description: Text, reference: str
) -> tuple[Intent, str]:
    """What a person's page asks them to pay, in the host's own sheet; open for a quarter of an hour. Also the app's reference for it.

    The reference begins with the person's subject, so that no page can take a name its backend or another person uses.
    Raises AppNotFound, AppSuspended, PaymentsNotEnabled, and what payments refuses.
    """
    app = await serving.served(session, app_id, person_id=caller.person)
    sub = await pairwise(session, caller.person, app.sector)
    bill = _Bill(amount, description, f"{sub}:{reference}", now() + PAGE_LIFETIME)
    return await _asked(session, app, caller.person, bill), bill.reference


@dataclass(frozen=True, slots=True)
class _Bill:
    amount: int
    description: Text
    reference: str
    expires_at: datetime


async def _asked(session: AsyncSession, app: LiveApp, payer: UUID | None, bill: _Bill) -> Intent:
    reference = bill.reference
    intent = await payments.create_intent(
        session,
        payer_id=payer,
        payee=_payee(app),
        amount=bill.amount,
        description=bill.description,
        reference=f"{app.app_id}/{reference}",
        expires_at=bill.expires_at,
        dedupe=f"miniapp:{app.app_id}:{reference}",
    )
    row = insert(AppPayment).values(intent_id=intent.id, app_id=app.app_id, reference=reference, created_at=now())
    await session.execute(row.on_conflict_do_nothing())
    return intent


async def payment(session: AsyncSession, caller: Caller, intent_id: UUID) -> tuple[Intent, str]:
    """A payment of this app, with the app's own reference. Raises AppNotFound, AppSuspended, IntentNotFound for any other."""
    await app_of(session, caller)
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
