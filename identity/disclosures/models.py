"""The table of readings: appended in the transaction of the reading, never changed (a trigger says so)."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Id, Instant, one_of
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
