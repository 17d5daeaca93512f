"""Wishes for money, whom they are for, and every callback that spoke of them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Dong, Id, Instant, one_of
from payments.models import Base


class PayeeKind(StrEnum):
    OPERATOR = "operator"
    AGENCY = "agency"
    PERSON = "person"


class IntentState(StrEnum):
    CREATED = "created"
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CallbackOutcome(StrEnum):
    SETTLED = "settled"
    WRONG_AMOUNT = "wrong_amount"
    UNKNOWN_ORDER = "unknown_order"
    PAID_AGAIN = "paid_again"
    AFTER_CANCELLATION = "after_cancellation"


class PayeeRow(Base):
    __tablename__ = "payee"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[Id]
    kind: Mapped[PayeeKind] = mapped_column(one_of(PayeeKind, "kind"))
    key: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    bank_bin: Mapped[str] = mapped_column(String(6))
    bank_account: Mapped[str] = mapped_column(String(19))


class IntentRow(Base):
    __tablename__ = "intent"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled"),
        Index("ix_intent_payer_id_created_at", "payer_id", "created_at"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    """What stands in the bank's message and leads its callback here."""
    payer_id: Mapped[UUID | None]
    payee_id: Mapped[UUID] = mapped_column(ForeignKey(PayeeRow.id), index=True)
    amount: Mapped[Dong]
    description_vi: Mapped[str] = mapped_column(String(500))
    description_en: Mapped[str] = mapped_column(String(500))
    reference: Mapped[str] = mapped_column(String(200), index=True)
    dedupe: Mapped[str] = mapped_column(String(200), unique=True)
    provider: Mapped[str] = mapped_column(String(40))
    state: Mapped[IntentState] = mapped_column(one_of(IntentState, "state"))
    qr_text: Mapped[str] = mapped_column(String(600))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant]
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CallbackRow(Base):
    """One payment the provider told of; its own number makes ten copies one. What was no plain settlement waits for an operator."""

    __tablename__ = "callback"
    __table_args__ = (
        UniqueConstraint("provider", "provider_reference"),
        Index("ix_callback_open", "received_at", postgresql_where=text("outcome <> 'settled' AND resolved_at IS NULL")),
    )

    id: Mapped[Id]
    provider: Mapped[str] = mapped_column(String(40))
    provider_reference: Mapped[str] = mapped_column(String(80))
    intent_id: Mapped[UUID | None] = mapped_column(ForeignKey(IntentRow.id), index=True)
    amount: Mapped[Dong]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    outcome: Mapped[CallbackOutcome] = mapped_column(one_of(CallbackOutcome, "outcome"))
    received_at: Mapped[Created]
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
