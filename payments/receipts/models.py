"""Series of receipts with their counters, and the receipts themselves, which are never changed."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Dong, Id, Instant
from payments.intents.models import IntentRow
from payments.models import Base

EVERYBODY = "*"


class SeriesRow(Base):
    """Receipts of one issuer in one year; `payee_key` says whose payments it numbers (`kind:key`, or * for the rest)."""

    __tablename__ = "receipt_series"
    __table_args__ = (UniqueConstraint("pattern", "series"), UniqueConstraint("payee_key", "year"))

    id: Mapped[Id]
    payee_key: Mapped[str] = mapped_column(String(140))
    year: Mapped[int]
    pattern: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(10))
    agency: Mapped[str] = mapped_column(String(200))
    agency_code: Mapped[str] = mapped_column(String(40))
    tax_code: Mapped[str] = mapped_column(String(14))
    last_number: Mapped[int] = mapped_column(BigInteger)
    """Its row lock makes numbers follow each other without a gap."""


class ReceiptRow(Base):
    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("series_id", "number"), CheckConstraint("number > 0", name="number"))

    id: Mapped[Id]
    series_id: Mapped[UUID] = mapped_column(ForeignKey(SeriesRow.id))
    number: Mapped[int] = mapped_column(BigInteger)
    intent_id: Mapped[UUID] = mapped_column(ForeignKey(IntentRow.id), unique=True)
    payer_id: Mapped[UUID | None] = mapped_column(index=True)
    payer_name: Mapped[str] = mapped_column(String(200))
    payee_name: Mapped[str] = mapped_column(String(200))
    description_vi: Mapped[str] = mapped_column(String(500))
    description_en: Mapped[str] = mapped_column(String(500))
    amount: Mapped[Dong]
    amount_in_words: Mapped[str] = mapped_column(String(400))
    issued_at: Mapped[Instant]
    check_code: Mapped[str] = mapped_column(String(16))
