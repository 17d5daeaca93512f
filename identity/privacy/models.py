"""Requests about personal data, the clocks they run under, every step of them, and the archives handed out."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, Instant, Sealed, one_of
from identity.models import Base
from identity.people.models import Person


class RequestType(StrEnum):
    """The rights of Law 91/2025/QH15 Art. 4(1)."""

    INFORM = "inform"
    ACCESS = "access"
    CORRECT = "correct"
    SUPPLY = "supply"
    ERASE = "erase"
    RESTRICT = "restrict"
    OBJECT = "object"
    WITHDRAW = "withdraw"
    COMPLAIN = "complain"
    PROTECT = "protect"


class RequestState(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    EXTENDED = "extended"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class ClockStep(StrEnum):
    """`answer`: say how it goes on; `done`; `done_by_others`: a processor or third party must act; `extension`: once; `cool_off`: ours."""

    ANSWER = "answer"
    DONE = "done"
    DONE_BY_OTHERS = "done_by_others"
    EXTENSION = "extension"
    COOL_OFF = "cool_off"


class PrivacyClock(Base):
    """How long one step of one type may take, from a day on; `confirmed` is false where no published source was at hand."""

    __tablename__ = "privacy_clock"
    __table_args__ = (
        UniqueConstraint("type", "step", "valid_from"),
        CheckConstraint("value BETWEEN 0 AND 365", name="value"),
        CheckConstraint("unit IN ('working_day', 'calendar_day', 'working_hour', 'hour', 'month')", name="unit"),
    )

    id: Mapped[Id]
    type: Mapped[RequestType] = mapped_column(one_of(RequestType, "type"))
    step: Mapped[ClockStep] = mapped_column(one_of(ClockStep, "step"))
    value: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(300))
    confirmed: Mapped[bool]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class PrivacyRequest(Base):
    """`requested_by`: the person, or a guardian for a ward. `client_id`: a relying party that must act.

    `failed_at`: its job failed for good then, by the database's clock; an officer starts it again.
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        Index(None, "person_id", "received_at", "id"),
        Index(None, "state", "due_at", "id"),
        Index(None, "client_id", postgresql_where=text("client_id IS NOT NULL")),
        CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
        CheckConstraint("(state IN ('done', 'refused', 'cancelled')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("extended_at IS NULL OR extended_because IS NOT NULL", name="extension"),
        CheckConstraint("lease_owner IS NULL OR lease_owner <> person_id", name="own"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    requested_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    type: Mapped[RequestType] = mapped_column(one_of(RequestType, "type"))
    state: Mapped[RequestState] = mapped_column(one_of(RequestState, "state"))
    details: Mapped[Sealed]
    client_id: Mapped[str | None] = mapped_column(String(120))
    calendar: Mapped[str] = mapped_column(String(80))
    received_at: Mapped[Created]
    answer_due_at: Mapped[Instant]
    due_at: Mapped[Instant]
    acknowledged_at: Mapped[datetime | None]
    extended_at: Mapped[datetime | None]
    extended_because: Mapped[str | None] = mapped_column(String(500))
    ended_at: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    lease_owner: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]


class PrivacyStep(Base):
    """One step of a request; appended, never changed. `actor_role` is an office, never a name."""

    __tablename__ = "privacy_step"
    __table_args__ = (Index(None, "request_id", "at", "id"),)

    id: Mapped[Id]
    request_id: Mapped[UUID] = mapped_column(ForeignKey(PrivacyRequest.id))
    at: Mapped[Instant]
    actor_role: Mapped[str] = mapped_column(String(40))
    state: Mapped[RequestState] = mapped_column(one_of(RequestState, "state"))
    note_vi: Mapped[str] = mapped_column(String(2000))
    note_en: Mapped[str] = mapped_column(String(2000))
    internal: Mapped[str | None] = mapped_column(String(1000))


class PrivacyArchive(Base):
    """A signed archive in the blob store, sealed with the person's own key; gone after its days, or with the key."""

    __tablename__ = "privacy_archive"
    __table_args__ = (Index(None, "person_id", "ready_at"),)

    id: Mapped[Id]
    request_id: Mapped[UUID] = mapped_column(ForeignKey(PrivacyRequest.id), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    blob: Mapped[str] = mapped_column(String(200))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(Integer)
    contents: Mapped[Document]
    ready_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)
