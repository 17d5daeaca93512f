"""The kernel's own tables: stored answers, events and their receipts, audit entries and seals, spent budgets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hanoismart.server.idempotency import replay_table
from hanoismart.server.models import COLUMN_TYPES, Created, Document, Id, Instant, metadata_for


class Base(DeclarativeBase):
    metadata = metadata_for("kernel")
    type_annotation_map = COLUMN_TYPES


answers = replay_table(Base.metadata)


class EventRow(Base):
    """A fact, written in the transaction that made it true."""

    __tablename__ = "event"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(120))
    payload: Mapped[Document]
    occurred_at: Mapped[Instant] = mapped_column(index=True)


class EventReceipt(Base):
    """A consumer has acted on an event; a repeated delivery finds this row and does nothing."""

    __tablename__ = "event_receipt"
    __table_args__ = (PrimaryKeyConstraint("consumer", "event_id"),)

    consumer: Mapped[str] = mapped_column(String(120))
    event_id: Mapped[UUID]
    received_at: Mapped[Created]


class AuditEntry(Base):
    """Who did what to which thing; appended, never changed (a trigger says so)."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject", "at"), Index(None, "actor", "at"))

    id: Mapped[Id]
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(160))
    facts: Mapped[Document]
    request_id: Mapped[str | None] = mapped_column(String(64))


class AuditSeal(Base):
    """One link of the hash chain over audit entries."""

    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(AuditEntry.id), unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class SpentBudget(Base):
    """How much of a budget was spent in a window; keys are hashes, so no number or address stands here."""

    __tablename__ = "spent_budget"
    __table_args__ = (PrimaryKeyConstraint("key", "window_start"),)

    key: Mapped[bytes] = mapped_column(LargeBinary(32))
    window_start: Mapped[datetime]
    spent: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[Instant] = mapped_column(index=True)
