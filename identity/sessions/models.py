"""Sessions, and the list of what was revoked that every process reads."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base


class SignInSession(Base):
    __tablename__ = "sign_in_session"
    __table_args__ = (Index(None, "person_id", "created_at"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    acr: Mapped[int] = mapped_column(SmallInteger)
    amr: Mapped[list[str]]
    device: Mapped[str] = mapped_column(String(200))
    auth_time: Mapped[Instant]
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class RevocationKind(StrEnum):
    SESSION = "session"
    PERSON = "person"
    CLIENT = "client"
    GRANT = "grant"
    CONSENT = "consent"  # a person's `<person id>:<client id>`
    TOKEN = "token"  # noqa: S105 (the kind of thing revoked: one access token, by its jti)
    KEY = "key"
    MANDATE = "mandate"


class Revocation(Base):
    """Tokens of the subject issued before `at` are dead. Rows are needed only as long as the longest access token lives."""

    __tablename__ = "revocation"

    position: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[RevocationKind] = mapped_column(one_of(RevocationKind, "kind"))
    subject: Mapped[str] = mapped_column(String(200))
    at: Mapped[Instant] = mapped_column(index=True)
