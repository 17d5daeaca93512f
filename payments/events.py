"""The facts about money that floors above react to."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True)
class PaymentSettled(Event):
    """The money has arrived and stands in the books; emitted once per intent, in the transaction of the settlement."""

    name: ClassVar[str] = "payments.settled"

    intent_id: UUID
    reference: str
    payer_id: UUID | None
    amount: int
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentExpired(Event):
    """Nobody paid in time. Money that comes later still settles the intent, and PaymentSettled follows."""

    name: ClassVar[str] = "payments.expired"

    intent_id: UUID
    reference: str
    payer_id: UUID | None
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentCancelled(Event):
    """The claim was taken back; money that comes later is kept aside."""

    name: ClassVar[str] = "payments.cancelled"

    intent_id: UUID
    reference: str
    payer_id: UUID | None
    amount: int
