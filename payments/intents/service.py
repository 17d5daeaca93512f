"""Creates, cancels and expires intents; settling them is `settling`'s."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import people
from kernel.events import emit
from kernel.jobs import jobs
from payments.events import PaymentCancelled, PaymentExpired
from payments.intents.models import IntentRow, IntentState, PayeeKind, PayeeRow
from payments.intents.values import Intent, Payee, new_code
from payments.providers.ports import Order
from payments.providers.registry import DEFAULT
from payments.providers.registry import provider as adapter
from payments.vietqr import VietQRInvalid

EXPIRE = "payments.expire"
LARGEST = 10**12  # đồng


class IntentNotFound(Problem):
    code = "payments.intent_not_found"
    status = 404
    title = Text(vi="Không tìm thấy khoản thanh toán", en="There is no such payment")


class IntentInvalid(Problem):
    code = "payments.intent_invalid"
    status = 422
    title = Text(vi="Khoản thanh toán không hợp lệ", en="The payment is not valid")


class IntentDiffers(Problem):
    code = "payments.intent_differs"
    status = 409
    title = Text(vi="Khoá này đã dùng cho một khoản thanh toán khác", en="This key stands for another payment already")


class IntentSettled(Problem):
    code = "payments.intent_settled"
    status = 409
    title = Text(vi="Khoản thanh toán đã hoàn tất", en="The payment is settled already")


async def create(  # noqa: PLR0913 (each is a fact of its own, all named)
    session: AsyncSession,
    *,
    payer_id: UUID | None,
    payee: Payee,
    amount: int,
    description: Text,
    reference: str,
    expires_at: datetime,
    provider: str | None = None,
    dedupe: str,
) -> Intent:
    """A new wish for `amount` whole đồng, or the one that stands under `dedupe` already.

    Raises IntentInvalid, ProviderUnknown, or IntentDiffers when `dedupe` stands for another payer, payee, amount or reference.
    """
    if not 0 < amount <= LARGEST or expires_at <= now():
        raise IntentInvalid
    name = provider or DEFAULT
    payee_id = await _payee(session, payee)
    code = new_code()
    order = Order(code, amount, payee.bank_bin, payee.account, payee.name, description.vi)
    try:
        shown = adapter(name).create(order)
    except VietQRInvalid as error:
        raise IntentInvalid from error
    row = insert(IntentRow).values(
        id=new_id(),
        code=code,
        payer_id=payer_id,
        payee_id=payee_id,
        amount=amount,
        description_vi=description.vi,
        description_en=description.en,
        reference=reference,
        dedupe=dedupe,
        provider=name,
        state=IntentState.CREATED,
        qr_text=shown,
        created_at=now(),
        expires_at=expires_at,
    )
    created = await session.scalar(row.on_conflict_do_nothing(index_elements=["dedupe"]).returning(IntentRow.id))
    if created is not None:
        await jobs.enqueue(session, EXPIRE, {"intent_id": str(created)}, due_at=expires_at)
    found = (await session.scalars(select(IntentRow).where(IntentRow.dedupe == dedupe))).one()
    if (found.payer_id, found.payee_id, found.amount, found.reference) != (payer_id, payee_id, amount, reference):
        raise IntentDiffers
    return await shown_as(session, found)


async def cancel(session: AsyncSession, intent_id: UUID) -> Intent:
    """Take a claim back; again is fine. Raises IntentNotFound, IntentSettled."""
    found = await locked(session, intent_id)
    if found.state is IntentState.SETTLED:
        raise IntentSettled
    if found.state is not IntentState.CANCELLED:
        found.state = IntentState.CANCELLED
        await session.flush()
        await emit(session, PaymentCancelled(found.id, found.reference, found.payer_id, found.amount))
    return await shown_as(session, found)


async def expire(session: AsyncSession, intent_id: UUID) -> None:
    """Nothing happens to an intent that is no longer open, or not due yet."""
    found = await locked(session, intent_id)
    if found.state is IntentState.CREATED and found.expires_at <= now():
        found.state = IntentState.EXPIRED
        await session.flush()
        await emit(session, PaymentExpired(found.id, found.reference, found.payer_id, found.amount))


async def intent(session: AsyncSession, intent_id: UUID) -> Intent:
    """Raises IntentNotFound."""
    found = await session.get(IntentRow, intent_id)
    if found is None:
        raise IntentNotFound
    return await shown_as(session, found)


async def own_intent(session: AsyncSession, payer_id: UUID, intent_id: UUID) -> Intent:
    """One of the person's own, merged accounts' included; another's does not exist for them. Raises IntentNotFound."""
    found = await intent(session, intent_id)
    if found.payer_id not in await people.every_self(session, payer_id):
        raise IntentNotFound
    return found


async def locked(session: AsyncSession, intent_id: UUID) -> IntentRow:
    """Raises IntentNotFound."""
    found = await session.scalar(
        select(IntentRow).where(IntentRow.id == intent_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if found is None:
        raise IntentNotFound
    return found


async def shown_as(session: AsyncSession, row: IntentRow) -> Intent:
    payee = await session.get_one(PayeeRow, row.payee_id)
    return Intent(
        id=row.id,
        state=row.state.value,
        amount=row.amount,
        reference=row.reference,
        qr_text=row.qr_text,
        expires_at=row.expires_at,
        code=row.code,
        payer_id=row.payer_id,
        payee_name=payee.name,
        description=Text(row.description_vi, row.description_en),
        created_at=row.created_at,
        settled_at=row.settled_at,
    )


async def _payee(session: AsyncSession, payee: Payee) -> UUID:
    values = {"name": payee.name, "bank_bin": payee.bank_bin, "bank_account": payee.account}
    row = insert(PayeeRow).values(id=new_id(), kind=PayeeKind(payee.kind), key=payee.key, **values)
    kept = row.on_conflict_do_update(index_elements=["kind", "key"], set_=values).returning(PayeeRow.id)
    return (await session.execute(kept)).scalar_one()
