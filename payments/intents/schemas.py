"""A payment as the payer's app shows it."""

from datetime import datetime
from uuid import UUID

from hanoismart.server.schemas import Out
from payments.intents.models import IntentState


class PaymentOut(Out):
    id: UUID
    state: IntentState
    amount: int
    """Whole đồng."""
    payee: str
    description: str
    reference: str
    code: str
    qr_text: str
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    receipt_id: UUID | None
