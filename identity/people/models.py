"""The tables of a person: the account itself, its own key, its sealed attributes, and the indexes that keep it the only one."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint, SmallInteger, String
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
    CCCD = "cccd"
    PASSPORT = "passport"


class Person(Base):
    """`level` is the identity level (acr) 0 to 3; `pending` stands for a person whose holder is not matched yet."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        CheckConstraint("locale IN ('vi', 'en')", name="locale"),
        Index(None, "display_name_folded"),
    )

    id: Mapped[Id]
    kind: Mapped[PersonKind] = mapped_column(one_of(PersonKind, "kind"))
    display_name: Mapped[str] = mapped_column(String(200))
    display_name_folded: Mapped[str] = mapped_column(String(200))
    level: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[PersonState] = mapped_column(one_of(PersonState, "state"))
    demo: Mapped[bool]
    locale: Mapped[str] = mapped_column(String(2))
    stay_ends_on: Mapped[date | None] = mapped_column(Date)
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


class PersonDocument(Base):
    """A document under a person; passports are renewed, so there may be several. Number and names stand in `details`, sealed."""

    __tablename__ = "person_document"
    __table_args__ = (Index(None, "person_id", "expires_on"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind, "kind"))
    issuer: Mapped[str] = mapped_column(String(3))
    expires_on: Mapped[date] = mapped_column(Date)
    details: Mapped[Sealed]
    signer_fingerprint: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[Created]
