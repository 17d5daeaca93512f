"""Proofing sessions and the one-time secrets with which a proved person registers the first passkey."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base
from identity.people.models import Person


class ProofingState(StrEnum):
    """`open` waits for a chip, `refused` saw a bad one, `in_review` waits for a person, `verified` and `rejected` are final."""

    OPEN = "open"
    REFUSED = "refused"
    IN_REVIEW = "in_review"
    VERIFIED = "verified"
    REJECTED = "rejected"


class ReviewReason(StrEnum):
    HOLDER = "holder"
    DOUBT = "doubt"
    DUPLICATE = "duplicate"


class ProofingSession(Base):
    """Nothing of a refused chip stands here but the fact that the nonce is burnt and why.

    `person_id` of a duplicate is the account that is there already; it never reaches the caller.
    """

    __tablename__ = "proofing_session"
    __table_args__ = (
        CheckConstraint("state <> 'open' OR nonce_used_at IS NULL", name="nonce_used"),
        CheckConstraint("(state = 'in_review') <= (review_reason IS NOT NULL)", name="review_reason"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[Id]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    nonce: Mapped[bytes] = mapped_column(LargeBinary(32))
    nonce_used_at: Mapped[datetime | None]
    state: Mapped[ProofingState] = mapped_column(one_of(ProofingState, "state"))
    refusal: Mapped[str | None] = mapped_column(String(80))
    review_reason: Mapped[ReviewReason | None] = mapped_column(one_of(ReviewReason, "review_reason"))
    doubts: Mapped[list[str]]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class Enrolment(Base):
    """A secret, kept hashed, that registers one passkey for one person within its ten minutes."""

    __tablename__ = "enrolment"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
