"""Turns a provider's word into books, receipt, event and message: once per payment, whatever arrives how often and in which order."""

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.text import Text
from kernel.audit import record
from kernel.events import emit
from notifications.api import Category, Template, notify, register
from payments.events import PaymentSettled
from payments.intents.models import CallbackOutcome, CallbackRow, IntentRow, IntentState, PayeeKind, PayeeRow
from payments.intents.service import locked
from payments.ledger.models import AccountKind, MovementKind
from payments.ledger.service import account, move
from payments.providers.ports import Payment
from payments.receipts.service import issue

_OWED_TO = {
    PayeeKind.OPERATOR: AccountKind.OPERATOR_PAYABLE,
    PayeeKind.AGENCY: AccountKind.AGENCY_REVENUE,
    PayeeKind.PERSON: AccountKind.PERSON_PAYABLE,
}
PAID = register(
    Template(
        "payments.paid",
        Category.PAYMENTS,
        Text("Đã thanh toán {amount} đ", "Paid {amount} VND"),
        Text("{payee} đã nhận được tiền. Số biên lai: {receipt}.", "{payee} has received the money. Receipt number: {receipt}."),
    )
)


async def take(session: AsyncSession, provider: str, payment: Payment, raw: bytes) -> CallbackOutcome | None:
    """What became of a payment the provider vouches for; None when it was told before.

    The unique number of the payment lets one of many copies through; the intent's row lock decides between different payments.
    """
    row = insert(CallbackRow).values(
        id=new_id(),
        provider=provider,
        provider_reference=payment.provider_reference,
        amount=payment.amount,
        body_digest=hashlib.sha256(raw).digest(),
        outcome=CallbackOutcome.UNKNOWN_ORDER,
        received_at=now(),
    )
    callback_id = await session.scalar(row.on_conflict_do_nothing().returning(CallbackRow.id))
    if callback_id is None:
        return None
    callback = await session.get_one(CallbackRow, callback_id)
    intent_id = await session.scalar(select(IntentRow.id).where(IntentRow.code == payment.code, IntentRow.provider == provider))
    if intent_id is not None:
        intent = await locked(session, intent_id)  # before the callback points at it: a foreign key's own lock would stand in the way
        callback.intent_id = intent_id
        callback.outcome = await _settle_or_keep_aside(session, intent, payment)
    await session.flush()
    if callback.outcome is not CallbackOutcome.SETTLED:
        await _keep_aside(session, provider, callback)
    return callback.outcome


async def _settle_or_keep_aside(session: AsyncSession, intent: IntentRow, payment: Payment) -> CallbackOutcome:
    if intent.state is IntentState.SETTLED:
        return CallbackOutcome.PAID_AGAIN
    if intent.state is IntentState.CANCELLED:
        return CallbackOutcome.AFTER_CANCELLATION
    if payment.amount != intent.amount:
        return CallbackOutcome.WRONG_AMOUNT
    await _settle(session, intent)
    return CallbackOutcome.SETTLED


async def _settle(session: AsyncSession, intent: IntentRow) -> None:
    """Also an expired intent settles: the money is there, and it is what was asked for."""
    intent.state, intent.settled_at = IntentState.SETTLED, now()
    await session.flush()
    payee = await session.get_one(PayeeRow, intent.payee_id)
    clearing = await account(session, AccountKind.PROVIDER_CLEARING, intent.provider)
    owed = await account(session, _OWED_TO[payee.kind], payee.key)
    await move(session, MovementKind.SETTLEMENT, f"intent:{intent.id}", {clearing: -intent.amount, owed: intent.amount})
    receipt = await issue(session, intent, payee)
    await record(session, actor=f"provider:{intent.provider}", action="payment.settled", subject=f"intent:{intent.id}")
    await emit(session, PaymentSettled(intent.id, intent.reference, intent.payer_id, intent.amount, intent.settled_at))
    if intent.payer_id is not None:
        data: dict[str, str | int] = {"amount": intent.amount, "payee": payee.name, "receipt": receipt.label}
        link = f"hanoismart://receipts/{receipt.id}"
        await notify(session, intent.payer_id, PAID.key, data, dedupe=f"payment {intent.id}", link=link)


async def _keep_aside(session: AsyncSession, provider: str, callback: CallbackRow) -> None:
    """The money is in the house whether it has a claim or not: it stands in the books until an operator decides."""
    clearing = await account(session, AccountKind.PROVIDER_CLEARING, provider)
    suspense = await account(session, AccountKind.SUSPENSE, provider)
    await move(session, MovementKind.SUSPENSE, f"callback:{callback.id}", {clearing: -callback.amount, suspense: callback.amount})
    await record(
        session,
        actor=f"provider:{provider}",
        action="payment.kept_aside",
        subject=f"callback:{callback.id}",
        facts={"outcome": callback.outcome.value},
    )


async def open_discrepancies(session: AsyncSession, limit: int = 100) -> list[CallbackRow]:
    """Payments an operator has to look at, oldest first."""
    waiting = select(CallbackRow).where(CallbackRow.outcome != CallbackOutcome.SETTLED, CallbackRow.resolved_at.is_(None))
    return list(await session.scalars(waiting.order_by(CallbackRow.received_at, CallbackRow.id).limit(limit)))


async def resolve(session: AsyncSession, callback_id: UUID, *, actor: str) -> None:
    """An operator has dealt with a payment that was kept aside; again is fine."""
    found = await session.get(CallbackRow, callback_id, with_for_update=True)
    if found is not None and found.resolved_at is None and found.outcome is not CallbackOutcome.SETTLED:
        found.resolved_at = now()
        await record(session, actor=actor, action="payment.discrepancy_resolved", subject=f"callback:{callback_id}")
