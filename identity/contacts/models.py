"""Telephone numbers and the one-time codes that prove them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
from identity.models import Base
from identity.people.models import Person


class CodePurpose(StrEnum):
    PHONE = "phone"


class Phone(Base):
    """A proved number. The value is sealed among the person's attributes; `hint` is what the person sees of it.

    `vietnamese_mobile`: only such a number opens level L1 (Decree 147/2024).
    """

    __tablename__ = "phone"
    __table_args__ = (
        Index("uq_phone_key_id_digest_current", "key_id", "digest", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("uq_phone_person_id_current", "person_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    key_id: Mapped[str] = mapped_column(String(64))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    hint: Mapped[str] = mapped_column(String(20))
    vietnamese_mobile: Mapped[bool]
    verified_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class PhoneFlow(Base):
    """One attempt to prove a number: the code is kept hashed for comparing, and sealed for the job that sends it."""

    __tablename__ = "phone_flow"
    __table_args__ = (CheckConstraint("wrong BETWEEN 0 AND 5", name="wrong"), Index(None, "person_id", "created_at"))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    purpose: Mapped[CodePurpose] = mapped_column(one_of(CodePurpose, "purpose"))
    number: Mapped[Sealed]
    code: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    locale: Mapped[str] = mapped_column(String(2))
    wrong: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
