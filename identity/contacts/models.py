"""Telephone numbers and e-mail addresses, and the one-time codes that prove them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
from identity.models import Base
from identity.people.models import Person


class CodePurpose(StrEnum):
    """What a code proves; it counts for nothing else."""

    PHONE = "phone"
    EMAIL = "email"
    RECOVERY_PHONE = "recovery_phone"
    RECOVERY_EMAIL = "recovery_email"


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


class Email(Base):
    """A proved e-mail address; value and hint as for a telephone number."""

    __tablename__ = "email"
    __table_args__ = (
        Index("uq_email_key_id_digest_current", "key_id", "digest", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("uq_email_person_id_current", "person_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    key_id: Mapped[str] = mapped_column(String(64))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    hint: Mapped[str] = mapped_column(String(60))
    verified_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class CodeFlow(Base):
    """One attempt to prove a destination: the code is kept hashed for comparing, and sealed for the job that sends it.

    `subject` is what the flow belongs to: the person who is signed in, or the recovery that asked; nobody need stand behind a recovery.
    """

    __tablename__ = "code_flow"
    __table_args__ = (CheckConstraint("wrong BETWEEN 0 AND 5", name="wrong"), Index(None, "subject", "created_at"))

    id: Mapped[Id]
    subject: Mapped[UUID]
    purpose: Mapped[CodePurpose] = mapped_column(one_of(CodePurpose, "purpose"))
    destination: Mapped[Sealed]
    code: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    locale: Mapped[str] = mapped_column(String(2))
    wrong: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
