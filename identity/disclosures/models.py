"""Readings: appended in the transaction of the reading, never changed (a trigger says so); and orders that delay telling of them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base
from identity.people.models import Person


class ReaderKind(StrEnum):
    CLIENT = "client"
    STAFF = "staff"
    AGENCY = "agency"


class Outcome(StrEnum):
    READ = "read"
    FAILED = "failed"


class Disclosure(Base):
    """Who, when, which attributes (never values), what for.

    `visible_from` is later than `at` only where the law delays telling the person.
    """

    __tablename__ = "disclosure"
    __table_args__ = (Index(None, "person_id", "at", "id"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    at: Mapped[Instant]
    visible_from: Mapped[Instant]
    reader_kind: Mapped[ReaderKind] = mapped_column(one_of(ReaderKind, "reader_kind"))
    reader_id: Mapped[str] = mapped_column(String(200))
    organisation_vi: Mapped[str] = mapped_column(String(200))
    organisation_en: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(120))
    attributes: Mapped[list[str]]
    purpose_code: Mapped[str] = mapped_column(String(80))
    purpose_vi: Mapped[str] = mapped_column(String(500))
    purpose_en: Mapped[str] = mapped_column(String(500))
    legal_basis: Mapped[str] = mapped_column(String(300))
    request_id: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome, "outcome"))


class DisclosureDelay(Base):
    """A class of investigation whose readings are told late, how late at most, and the law that says so."""

    __tablename__ = "disclosure_delay"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("most_days BETWEEN 1 AND 3650", name="most_days"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60))
    text_vi: Mapped[str] = mapped_column(String(300))
    text_en: Mapped[str] = mapped_column(String(300))
    legal_basis: Mapped[str] = mapped_column(String(300))
    most_days: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class InvestigationOrder(Base):
    """Two people's leave to read one person's data and to tell them only at `visible_from`; the database refuses one person for both."""

    __tablename__ = "investigation_order"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="four_eyes"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approval"),
        CheckConstraint("person_id <> proposed_by AND (approved_by IS NULL OR approved_by <> person_id)", name="own"),
        Index(None, "proposed_at", "id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    delay_id: Mapped[UUID] = mapped_column(ForeignKey(DisclosureDelay.id))
    reference: Mapped[str] = mapped_column(String(200))
    visible_from: Mapped[Instant]
    ends_at: Mapped[Instant]
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[Created]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
