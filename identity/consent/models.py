"""Consents and their receipts; a withdrawal closes a row, and nothing is deleted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id
from identity.models import Base


class ConsentReceipt(Base):
    """What a person was shown and agreed to in one act; `given_by` is the representative where they agreed for a ward."""

    __tablename__ = "consent_receipt"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(120))
    request_id: Mapped[str | None] = mapped_column(String(64))
    given_by: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"))
    given_at: Mapped[Created]


class Consent(Base):
    """One scope with one purpose; changed words are another consent.

    For a ward it counts when the ward and a representative have both agreed (Law 91/2025/QH15 Art. 24); either of them ends it.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_open", "person_id", "client_id", "scope", "purpose_hash", unique=True, postgresql_where=text("withdrawn_at IS NULL")
        ),
        Index(None, "person_id", "given_at", "id"),
        CheckConstraint("representative_id IS NULL OR representative_id <> person_id", name="two_parties"),
    )

    id: Mapped[Id]
    receipt_id: Mapped[UUID] = mapped_column(ForeignKey(ConsentReceipt.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"))
    client_id: Mapped[str] = mapped_column(String(120))
    scope: Mapped[str] = mapped_column(String(80))
    purpose_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    purpose_vi: Mapped[str]
    purpose_en: Mapped[str]
    given_at: Mapped[Created]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]
    two_parties: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    own_at: Mapped[datetime | None]
    representative_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.person.id"))
    represented_at: Mapped[datetime | None]
