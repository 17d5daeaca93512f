"""What follows from money: the mini-app that asked for it hears that it was paid."""

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.events import on
from payments.events import PaymentSettled
from plugins.api import reactions


@on(PaymentSettled, "plugins.tell_paid")
async def tell_backend(session: AsyncSession, event: PaymentSettled) -> None:
    await reactions.payment_settled(session, event)
