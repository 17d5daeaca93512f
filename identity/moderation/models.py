"""The tables of moderation; what must never happen is held by constraints and triggers here, not by code alone."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, Instant, Sealed, one_of
from identity.models import Base
from identity.people.models import Person


class CaseState(StrEnum):
    """`proposed`: decided by one officer, waiting for a second pair of eyes."""

    OPEN = "open"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    ESCALATED = "escalated"
    PROPOSED = "proposed"
    CLOSED = "closed"


class Restriction(StrEnum):
    """The ladder, from nothing to a lock; everything from `remove` on hides the content, and none of it touches a public service.

    `limit` halves what the owner may do, `mute` and `suspend` stop their writing, `lock` is the lock of Decree 147/2024.
    """

    NONE = "none"
    NOTE = "note"
    WARN = "warn"
    REMOVE = "remove"
    LIMIT = "limit"
    MUTE = "mute"
    SUSPEND = "suspend"
    LOCK = "lock"


class AppealState(StrEnum):
    FILED = "filed"
    ASSIGNED = "assigned"
    UPHELD = "upheld"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


class Rule(Base):
    """One version of one rule; a change is a new version, so that old decisions still read as they were made."""

    __tablename__ = "moderation_rule"
    __table_args__ = (
        UniqueConstraint("rule_set", "key", "version"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
    )

    id: Mapped[Id]
    rule_set: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    text_vi: Mapped[str] = mapped_column(String(1000))
    text_en: Mapped[str] = mapped_column(String(1000))
    legal_ref: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    parameters: Mapped[Document]


class Reason(Base):
    """Why somebody reports: the rule it may break, the law behind it, where it goes and how soon it is looked at. Versions, as rules."""

    __tablename__ = "moderation_reason"
    __table_args__ = (UniqueConstraint("key", "version"), CheckConstraint("severity BETWEEN 1 AND 4", name="severity"))

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    text_vi: Mapped[str] = mapped_column(String(300))
    text_en: Mapped[str] = mapped_column(String(300))
    rule_set: Mapped[str] = mapped_column(String(40))
    rule_key: Mapped[str] = mapped_column(String(60))
    legal_ref: Mapped[str] = mapped_column(String(300))
    severity: Mapped[int] = mapped_column(SmallInteger)
    queue: Mapped[str] = mapped_column(String(40))
    deadline: Mapped[str] = mapped_column(String(60))
    lane: Mapped[bool]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class QueueRoute(Base):
    """One line of the router: the first whose conditions hold names the queue. An empty condition holds for all."""

    __tablename__ = "moderation_queue_route"
    __table_args__ = (UniqueConstraint("position"),)

    id: Mapped[Id]
    position: Mapped[int] = mapped_column(Integer)
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(60))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.admin_unit.id"))
    language: Mapped[str | None] = mapped_column(String(10))
    queue: Mapped[str] = mapped_column(String(40))


class Case(Base):
    """Everything reported about one subject until it is decided. `severity` 1 (low) to 4 (urgent).

    `priority` is severity times reach, reporters' reliability and vulnerability, whose values stand in `factors`. `lane`: minors,
    self-harm and threats, before everything else.
    """

    __tablename__ = "moderation_case"
    __table_args__ = (
        Index("uq_moderation_case_subject_open", "subject_kind", "subject_id", unique=True, postgresql_where=text("state <> 'closed'")),
        Index(None, "state", "sla_due_at", "id"),
        Index("ix_moderation_case_priority", "lane", "priority", "id", postgresql_where=text("state <> 'closed'")),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    )

    id: Mapped[Id]
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    severity: Mapped[int] = mapped_column(SmallInteger)
    queue: Mapped[str] = mapped_column(String(40))
    state: Mapped[CaseState] = mapped_column(one_of(CaseState, "state"))
    lease_owner: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    sla_due_at: Mapped[Instant]
    alarmed_at: Mapped[datetime | None]
    opened_at: Mapped[Created]
    closed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(60), default="", server_default="")
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.admin_unit.id"))
    language: Mapped[str | None] = mapped_column(String(10))
    lane: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    priority: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    factors: Mapped[Document] = mapped_column(default=dict, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class Step(Base):
    """One step of a case; appended, never changed. A trigger refuses a change of state without its step in the same transaction."""

    __tablename__ = "moderation_step"
    __table_args__ = (Index(None, "case_id", "at", "id"),)

    id: Mapped[Id]
    case_id: Mapped[UUID] = mapped_column(ForeignKey(Case.id))
    at: Mapped[Instant]
    actor_id: Mapped[UUID | None]
    role: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[CaseState | None] = mapped_column(one_of(CaseState, "from_state"))
    to_state: Mapped[CaseState] = mapped_column(one_of(CaseState, "to_state"))
    internal: Mapped[str | None] = mapped_column(String(1000))
    public_vi: Mapped[str | None] = mapped_column(String(1000))
    public_en: Mapped[str | None] = mapped_column(String(1000))
    xact: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))


class Report(Base):
    """What one person reported, with what the subject looked like then: deleting it later takes nothing from the evidence."""

    __tablename__ = "moderation_report"
    __table_args__ = (UniqueConstraint("case_id", "reporter_id"), Index(None, "reporter_id", "created_at"))

    id: Mapped[Id]
    case_id: Mapped[UUID] = mapped_column(ForeignKey(Case.id))
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    reason: Mapped[str] = mapped_column(String(60))
    evidence: Mapped[Sealed]
    created_at: Mapped[Created]


class Proposal(Base):
    """A decision that waits for a second pair of eyes. There is at most one per case at a time."""

    __tablename__ = "moderation_proposal"
    __table_args__ = (Index("uq_moderation_proposal_case_id_waiting", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[Id]
    case_id: Mapped[UUID] = mapped_column(ForeignKey(Case.id))
    verdict: Mapped[Document]
    proposed_by: Mapped[UUID]
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]


class Decision(Base):
    """What was decided and by which rule, whose text is copied. Appended, never changed. `days` None with a lock means for good."""

    __tablename__ = "moderation_decision"
    __table_args__ = (
        CheckConstraint("days IS NULL OR (restriction IN ('limit', 'mute', 'suspend', 'lock') AND days BETWEEN 1 AND 365)", name="days"),
        CheckConstraint("restriction NOT IN ('limit', 'mute', 'suspend') OR days IS NOT NULL", name="time_boxed"),
        CheckConstraint(
            "restriction <> 'lock' OR days IS NOT NULL OR (approved_by IS NOT NULL AND approved_by <> proposed_by)", name="four_eyes"
        ),
        Index(None, "case_id"),
        Index(None, "decided_at"),
    )

    id: Mapped[Id]
    case_id: Mapped[UUID] = mapped_column(ForeignKey(Case.id))
    rule_set: Mapped[str] = mapped_column(String(40))
    rule_key: Mapped[str] = mapped_column(String(60))
    rule_version: Mapped[int] = mapped_column(Integer)
    rule_vi: Mapped[str] = mapped_column(String(1000))
    rule_en: Mapped[str] = mapped_column(String(1000))
    legal_ref: Mapped[str] = mapped_column(String(300))
    restriction: Mapped[Restriction] = mapped_column(one_of(Restriction, "restriction"))
    days: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(String(1000))
    proposed_by: Mapped[UUID]
    approved_by: Mapped[UUID | None]
    decided_at: Mapped[Instant]
    authority_request_id: Mapped[UUID | None]
    counts: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    bulk_id: Mapped[UUID | None]


class Reversal(Base):
    """A decision was undone: by an appeal, by the undo of its bulk, or by an officer. Appended; the decision itself stays as it was."""

    __tablename__ = "moderation_reversal"

    decision_id: Mapped[UUID] = mapped_column(ForeignKey(Decision.id), primary_key=True)
    by: Mapped[UUID]
    because: Mapped[str] = mapped_column(String(40))
    at: Mapped[Created]


class Strike(Base):
    """What a decision weighs against its owner until it expires; a reversed decision weighs nothing."""

    __tablename__ = "moderation_strike"
    __table_args__ = (Index(None, "person_id", "expires_at"), CheckConstraint("weight BETWEEN 1 AND 10", name="weight"))

    decision_id: Mapped[UUID] = mapped_column(ForeignKey(Decision.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    weight: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[Instant]
    expires_at: Mapped[Instant]


class Sanction(Base):
    """A restriction of a person's social account, which ends by itself at `ends_at` (None: for good, until an appeal changes it)."""

    __tablename__ = "moderation_sanction"
    __table_args__ = (
        Index("ix_moderation_sanction_person_id_current", "person_id", postgresql_where=text("lifted_at IS NULL")),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="duration"),
    )

    id: Mapped[Id]
    decision_id: Mapped[UUID] = mapped_column(ForeignKey(Decision.id), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    starts_at: Mapped[Instant]
    ends_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    restriction: Mapped[Restriction] = mapped_column(one_of(Restriction, "restriction"), server_default="lock")


class Statement(Base):
    """The statement of reasons to the owner, after the fields of the EU Digital Services Act database. Appended, never changed."""

    __tablename__ = "moderation_statement"
    __table_args__ = (Index(None, "owner_id", "created_at", "id"), UniqueConstraint("decision_id", "owner_id"))

    id: Mapped[Id]
    decision_id: Mapped[UUID] = mapped_column(ForeignKey(Decision.id))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    content_kind: Mapped[str] = mapped_column(String(40))
    content_language: Mapped[str | None] = mapped_column(String(10))
    content_at: Mapped[datetime | None]
    territorial_scope: Mapped[str] = mapped_column(String(10))
    facts_vi: Mapped[str] = mapped_column(String(2000))
    facts_en: Mapped[str] = mapped_column(String(2000))
    automated_detection: Mapped[bool]
    automated_decision: Mapped[bool]
    appeal_until: Mapped[Instant]
    created_at: Mapped[Created]


class Outcome(Base):
    """What a reporter is told, written with the decision: whether something was done, and nothing about anybody."""

    __tablename__ = "moderation_outcome"
    __table_args__ = (Index(None, "reporter_id", "created_at", "id"),)

    id: Mapped[Id]
    report_id: Mapped[UUID] = mapped_column(ForeignKey(Report.id), unique=True)
    decision_id: Mapped[UUID] = mapped_column(ForeignKey(Decision.id))
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    acted: Mapped[bool]
    created_at: Mapped[Created]


class Appeal(Base):
    """An owner's answer to a decision, judged by somebody who had no part in it (a trigger holds that).

    `level` 2 asks again after level 1 was upheld, and is judged by somebody who did not judge level 1 either.
    """

    __tablename__ = "moderation_appeal"
    __table_args__ = (
        ForeignKeyConstraint(
            ["decision_id", "owner_id"], [Statement.decision_id, Statement.owner_id], name="fk_moderation_appeal_statement"
        ),
        UniqueConstraint("decision_id", "owner_id", "level"),
        CheckConstraint("level IN (1, 2)", name="level"),
        Index(None, "state", "filed_at", "id"),
        CheckConstraint("state NOT IN ('assigned', 'upheld', 'changed') OR reviewer_id IS NOT NULL", name="reviewer"),
        CheckConstraint("state NOT IN ('upheld', 'changed') OR (answer_vi IS NOT NULL AND answer_en IS NOT NULL)", name="answer"),
    )

    id: Mapped[Id]
    decision_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    text: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[AppealState] = mapped_column(one_of(AppealState, "state"))
    filed_at: Mapped[Created]
    reviewer_id: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    answer_vi: Mapped[str | None] = mapped_column(String(2000))
    answer_en: Mapped[str | None] = mapped_column(String(2000))
    judged_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    due_at: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]
