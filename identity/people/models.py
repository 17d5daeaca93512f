"""The tables of a person: the account itself, its own key, its sealed attributes, and the indexes that keep it the only one."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint, SmallInteger, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
from identity.models import Base


class PersonKind(StrEnum):
    """A resident holds a Vietnamese identity card; a foreigner lives here on a passport; a tourist leaves again."""

    RESIDENT = "resident"
    FOREIGNER = "foreigner"
    TOURIST = "tourist"


class PersonState(StrEnum):
    ACTIVE = "active"
    PENDING = "pending"
    LOCKED = "locked"
    CLOSED = "closed"


class Attribute(StrEnum):
    """What is kept sealed about a person and leaves only through identity.disclosures."""

    IDENTITY_NUMBER = "identity_number"
    DOCUMENT = "document"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"


class DocumentKind(StrEnum):
    """`residence_card`: a foreigner's, which VNeID or a counter has seen; `vneid`: the state's electronic account itself."""

    CCCD = "cccd"
    PASSPORT = "passport"
    RESIDENCE_CARD = "residence_card"
    VNEID = "vneid"


class Evidence(StrEnum):
    """The road by which a document was proved."""

    CHIP = "chip"
    VNEID = "vneid"
    COUNTER = "counter"


class Closing(StrEnum):
    """Why an account was closed."""

    DEATH = "death"
    MERGED = "merged"
    STAY_ENDED = "stay_ended"
    REQUEST = "request"


class Person(Base):
    """`level` is the identity level (acr) 0 to 3; `pending` stands for a person whose holder is not matched yet.

    `adult_on` is the eighteenth birthday, kept for minors only: what law asks of their age, without the date of birth lying open.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        CheckConstraint("locale IN ('vi', 'en')", name="locale"),
        CheckConstraint("(state = 'closed') >= (closed_because IS NOT NULL)", name="closed_because"),
        CheckConstraint("(closed_because = 'merged') = (merged_into IS NOT NULL)", name="merged_into"),
        Index(None, "display_name_folded"),
        Index("ix_person_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    id: Mapped[Id]
    kind: Mapped[PersonKind] = mapped_column(one_of(PersonKind, "kind"))
    display_name: Mapped[str] = mapped_column(String(200))
    display_name_folded: Mapped[str] = mapped_column(String(200))
    level: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[PersonState] = mapped_column(one_of(PersonState, "state"))
    demo: Mapped[bool]
    locale: Mapped[str] = mapped_column(String(2))
    stay_ends_on: Mapped[date | None] = mapped_column(Date, index=True)
    adult_on: Mapped[date | None] = mapped_column(Date, index=True)
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[Closing | None] = mapped_column(one_of(Closing, "closed_because_kind"))
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("identity.person.id"))
    created_at: Mapped[Created]


class PersonKey(Base):
    """The person's own data key, wrapped by the installation's ring; destroying it erases every sealed attribute for good."""

    __tablename__ = "person_key"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    destroyed_at: Mapped[datetime | None]


class SealedAttribute(Base):
    __tablename__ = "sealed_attribute"
    __table_args__ = (PrimaryKeyConstraint("person_id", "attribute"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    attribute: Mapped[Attribute] = mapped_column(one_of(Attribute, "attribute"))
    value: Mapped[Sealed]
    updated_at: Mapped[Instant]


class PersonIndex(Base):
    """One person, one account: the keyed hash of `VN|` and the personal number, or of issuer and document number, per pepper."""

    __tablename__ = "person_index"
    __table_args__ = (PrimaryKeyConstraint("purpose", "key_id", "digest"), Index(None, "person_id"))

    purpose: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[str] = mapped_column(String(64))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))


class PersonLikeness(Base):
    """The keyed hash of folded name and birth date: two people may share it, so it only ever opens a review."""

    __tablename__ = "person_likeness"
    __table_args__ = (PrimaryKeyConstraint("person_id", "key_id"), Index(None, "key_id", "digest"))

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    key_id: Mapped[str] = mapped_column(String(64))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class PersonDocument(Base):
    """A document under a person; passports are renewed, so there may be several. Number and names stand in `details`, sealed.

    `original`: the chip proved that it is no copy. `warned_days`: the last warning before expiry that was given, in days.
    `lapsed_at`: when its expiry was acted on; `superseded_at`: when a newer document of its kind took its place.
    """

    __tablename__ = "person_document"
    __table_args__ = (Index(None, "person_id", "expires_on"), Index(None, "expires_on"))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind, "kind"))
    evidence: Mapped[Evidence] = mapped_column(one_of(Evidence, "evidence"), server_default="chip")
    original: Mapped[bool] = mapped_column(server_default=false())
    issuer: Mapped[str] = mapped_column(String(3))
    expires_on: Mapped[date | None] = mapped_column(Date)
    details: Mapped[Sealed]
    signer_fingerprint: Mapped[str | None] = mapped_column(String(64))
    added_at: Mapped[Created]
    warned_days: Mapped[int | None] = mapped_column(SmallInteger)
    lapsed_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]


class ActKind(StrEnum):
    MERGE = "merge"
    UNDO_MERGE = "undo_merge"
    DEATH = "death"


class ActState(StrEnum):
    """`suggested` comes from a likeness and waits for an officer to propose or drop it."""

    SUGGESTED = "suggested"
    PROPOSED = "proposed"
    DONE = "done"
    REJECTED = "rejected"
    UNDONE = "undone"


class PersonAct(Base):
    """What two officers do to an account: one proposes, another decides (a CHECK and a trigger say so).

    Merge: `person_id` stays, `other_id` is closed and lives on in it; `moved` names every row that changed hands, so that it can go back.
    """

    __tablename__ = "person_act"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="four_eyes"),
        CheckConstraint("state NOT IN ('done', 'undone') OR (proposed_by IS NOT NULL AND decided_by IS NOT NULL)", name="decided"),
        CheckConstraint("(kind = 'death') = (other_id IS NULL)", name="other"),
        CheckConstraint("other_id IS NULL OR other_id <> person_id", name="two_people"),
        Index(None, "state", "created_at"),
        Index("uq_person_act_open_death", "person_id", unique=True, postgresql_where=text("kind = 'death' AND state = 'proposed'")),
        Index(
            "uq_person_act_open_pair",
            text("least(person_id, other_id)"),
            text("greatest(person_id, other_id)"),
            unique=True,
            postgresql_where=text("kind <> 'death' AND state IN ('suggested', 'proposed')"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[ActKind] = mapped_column(one_of(ActKind, "kind"))
    state: Mapped[ActState] = mapped_column(one_of(ActState, "state"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    other_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    reference: Mapped[str] = mapped_column(String(200))
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    moved: Mapped[dict[str, Any]]
    created_at: Mapped[Created]
    decided_at: Mapped[datetime | None]
