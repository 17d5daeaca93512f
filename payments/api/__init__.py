"""The door of payments: ask for money, see where a payment stands, read its receipt."""

from payments.intents import jobs as _expiry
from payments.intents.service import (
    IntentDiffers,
    IntentInvalid,
    IntentNotFound,
    IntentSettled,
    intent,
)
from payments.intents.service import cancel as cancel_intent
from payments.intents.service import create as create_intent
from payments.intents.values import Intent, Payee
from payments.receipts.service import Receipt, set_up_series
from payments.receipts.service import receipt_of as receipt

_ = _expiry  # creating an intent puts its expiry into the queue, and so the job must be known

__all__ = [
    "Intent",
    "IntentDiffers",
    "IntentInvalid",
    "IntentNotFound",
    "IntentSettled",
    "Payee",
    "Receipt",
    "cancel_intent",
    "create_intent",
    "intent",
    "receipt",
    "set_up_series",
]
