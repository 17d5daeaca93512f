"""Sessions, and the list of what was revoked that every process reads."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.devices.models import Device
from identity.models import Base


class SignInSession(Base):
    """`acr`, `amr` and `auth_time` are those of the last time the person proved themselves in it; a step-up renews them.

    `network` is the /24 or /48 the sign-in came from, `place` what a locator makes of it: coarse on purpose.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = (Index(None, "person_id", "created_at"), Index(None, "device_id", postgresql_where=text("device_id IS NOT NULL")))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    acr: Mapped[int] = mapped_column(SmallInteger)
    amr: Mapped[list[str]]
    device: Mapped[str] = mapped_column(String(200))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey(Device.id))
    network: Mapped[str | None] = mapped_column(String(50))
    place: Mapped[str | None] = mapped_column(String(120))
    auth_time: Mapped[Instant]
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(40))


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
