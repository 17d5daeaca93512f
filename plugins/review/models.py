"""Reports of the automatic checks, reviews by people, what they said, and appeals."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, Instant, one_of
from plugins.models import Base
from plugins.registry.models import MiniApp, Version


class Opinion(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class Outcome(StrEnum):
    """`withdrawn`: the developer took the version back, or a newer one took its place."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class CheckReport(Base):
    """What the automatic checks found, in the form developers read it; `passed` where nothing forbids review."""

    __tablename__ = "check_report"

    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), primary_key=True)
    passed: Mapped[bool]
    report: Mapped[Document]
    at: Mapped[Created]


class Review(Base):
    """One round over one version: the first, or the appeal's. `needed` people must approve; one is enough to reject.

    A claim is a lease. `due_at` is the clock both sides see; `alarmed_at`: it ran out, and the reviewers were told.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("version_id", "round"),
        CheckConstraint("needed IN (1, 2)", name="needed"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        Index("ix_review_open", "due_at", postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    round: Mapped[int] = mapped_column(SmallInteger)
    needed: Mapped[int] = mapped_column(SmallInteger)
    sensitive: Mapped[list[str]]
    appeal: Mapped[str | None]
    opened_at: Mapped[Created]
    due_at: Mapped[Instant]
    claimed_by: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(one_of(Outcome, "outcome"))
    decided_at: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]


class ReviewOpinion(Base):
    """What one reviewer said; `rules` are ids of docs/mini-apps/review-rules.md. A person speaks once in a round."""

    __tablename__ = "review_opinion"
    __table_args__ = (
        UniqueConstraint("review_id", "reviewer_id"),
        CheckConstraint("opinion <> 'reject' OR jsonb_array_length(rules) > 0", name="rules"),
    )

    id: Mapped[Id]
    review_id: Mapped[UUID] = mapped_column(ForeignKey(Review.id))
    reviewer_id: Mapped[UUID]
    opinion: Mapped[Opinion] = mapped_column(one_of(Opinion, "opinion"))
    rules: Mapped[list[str]]
    note_vi: Mapped[str]
    note_en: Mapped[str]
    at: Mapped[Created]


class SuspensionAppeal(Base):
    """A developer answers a suspension; somebody other than who suspended decides."""

    __tablename__ = "suspension_appeal"
    __table_args__ = (Index("uq_suspension_appeal_open", "app_id", unique=True, postgresql_where=text("decided_at IS NULL")),)

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    words: Mapped[str]
    filed_by: Mapped[UUID]
    suspended_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[Created]
    decided_by: Mapped[UUID | None]
    granted: Mapped[bool | None]
    note: Mapped[str | None]
    decided_at: Mapped[datetime | None]
