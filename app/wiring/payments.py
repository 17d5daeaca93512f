"""What follows from money: the mini-app that asked for it hears that it was paid."""

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.events import on
from payments.events import PaymentSettled
from plugins.api import webhooks


@on(PaymentSettled, "plugins.tell_paid")
async def tell_backend(session: AsyncSession, event: PaymentSettled) -> None:
    """A reference of a mini-app is `app_id/its own reference`; other claims have no backend to tell."""
    app_id, _, reference = event.reference.partition("/")
    data = {"payment_id": str(event.intent_id), "reference": reference, "amount": event.amount}
    await webhooks.tell(session, app_id, "payment.succeeded", data, dedupe=str(event.intent_id))
