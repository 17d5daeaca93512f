"""Proofing sessions and the one-time secrets with which a proved person registers the first passkey."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
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
    """`likeness`: an account of the same name and birth date is here; `other_person`: a signed-in person read somebody else's document."""

    HOLDER = "holder"
    DOUBT = "doubt"
    DUPLICATE = "duplicate"
    LIKENESS = "likeness"
    OTHER_PERSON = "other_person"


class Road(StrEnum):
    CHIP = "chip"
    VNEID = "vneid"


class ProofingSession(Base):
    """Nothing of a refused chip stands here but the fact that the nonce is burnt and why.

    `person_id` of a duplicate is the account that is there already; it never reaches the caller. `for_person_id`: who proves themselves
    anew while signed in. `applicant`: what was read, sealed, only while a reviewer may have to join it to an account.
    `chip_authentication`: the session keys a chip was asked to answer with, sealed, once.
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
    road: Mapped[Road] = mapped_column(one_of(Road, "road"), server_default="chip")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    for_person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    applicant: Mapped[Sealed | None] = mapped_column(LargeBinary)
    chip_authentication: Mapped[Sealed | None] = mapped_column(LargeBinary)
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


class FederatedProofing(Base):
    """The way to the state's electronic identity and back: `state` finds it, and `sealed` holds verifier, nonce and where the app waits."""

    __tablename__ = "federated_proofing"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(ProofingSession.id, ondelete="CASCADE"), primary_key=True)
    state_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    sealed: Mapped[Sealed]


class CounterState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class CounterEnrolment(Base):
    """A person at a counter: one officer enters what the documents say (no image), another officer confirms or rejects.

    `applicant` is sealed and emptied when it is decided. That the two officers differ is a CHECK; that neither is rewritten, a trigger.
    """

    __tablename__ = "counter_enrolment"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> opened_by", name="four_eyes"),
        CheckConstraint("(state IN ('confirmed', 'rejected')) = (decided_by IS NOT NULL)", name="decided"),
        CheckConstraint("(state = 'open') = (applicant IS NOT NULL)", name="applicant"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[Id]
    state: Mapped[CounterState] = mapped_column(one_of(CounterState, "state"))
    documents: Mapped[list[str]]
    applicant: Mapped[Sealed | None] = mapped_column(LargeBinary)
    opened_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
