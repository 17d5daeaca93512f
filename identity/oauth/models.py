"""Rows of the OAuth server; every secret is kept as its hash."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, Instant, one_of
from identity.models import Base


class PushedRequest(Base):
    """A pushed authorization request (RFC 9126), consumed when authorization completes.

    The reference must be opened before `expires_at`; the browser that opened it then has until `open_until` to read, sign in and agree.
    """

    __tablename__ = "pushed_request"

    reference_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(120))
    parameters: Mapped[dict[str, Any]]
    dpop_jkt: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    consumed_at: Mapped[datetime | None]
    interaction_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    open_until: Mapped[datetime | None]
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.device_authorization.id", ondelete="CASCADE"))

    if TYPE_CHECKING:
        reference: str  # the request_uri a browser came with, while its request lasts; only the hash is kept


class Grant(Base):
    """What a person allowed a client in one authorization; its refresh tokens are one family and die together."""

    __tablename__ = "oauth_grant"

    id: Mapped[Id]
    client_id: Mapped[str] = mapped_column(ForeignKey("identity.oauth_client.client_id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"), index=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("identity.sign_in_session.id"), index=True)
    scope: Mapped[str]
    resource: Mapped[str]
    claims: Mapped[Document] = mapped_column(default=dict)
    details: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    dpop_jkt: Mapped[str | None] = mapped_column(String(64))
    acr: Mapped[int] = mapped_column(SmallInteger)
    amr: Mapped[list[str]]
    auth_time: Mapped[Instant]
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None] = mapped_column(String(40))


class AuthorizationCode(Base):
    __tablename__ = "authorization_code"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey(Grant.id))
    client_id: Mapped[str] = mapped_column(String(120))
    redirect_uri: Mapped[str]
    challenge: Mapped[str] = mapped_column(String(43))
    nonce: Mapped[str | None]
    dpop_jkt: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class RefreshToken(Base):
    __tablename__ = "refresh_token"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey(Grant.id), index=True)
    predecessor: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    consumed_at: Mapped[datetime | None]


class SpentIdentifier(Base):
    """A one-time value that was used: a DPoP or assertion `jti`, hashed with its kind and owner."""

    __tablename__ = "spent_identifier"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[Instant] = mapped_column(index=True)


class DeviceState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    REDEEMED = "redeemed"


class DeviceAuthorization(Base):
    """A device without a browser that waits for its person (RFC 8628).

    The first half of the user code finds the row, the second half is the secret: ten wrong ones kill it.
    """

    __tablename__ = "device_authorization"
    __table_args__ = (CheckConstraint("wrong BETWEEN 0 AND 10", name="wrong"),)

    id: Mapped[Id]
    client_id: Mapped[str] = mapped_column(ForeignKey("identity.oauth_client.client_id"))
    device_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_half: Mapped[str] = mapped_column(String(4), unique=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    parameters: Mapped[Document]
    dpop_jkt: Mapped[str] = mapped_column(String(64))
    state: Mapped[DeviceState] = mapped_column(one_of(DeviceState, "state"))
    grant_id: Mapped[UUID | None] = mapped_column(ForeignKey(Grant.id))
    wrong: Mapped[int] = mapped_column(SmallInteger, default=0)
    interval: Mapped[int] = mapped_column(SmallInteger)
    polled_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)


class LogoutDelivery(Base):
    """One relying party that must hear that a session is over (OpenID Connect Back-Channel Logout 1.0)."""

    __tablename__ = "logout_delivery"
    __table_args__ = (
        Index(
            "uq_logout_delivery_waiting",
            "client_id",
            "session_id",
            unique=True,
            postgresql_where=text("delivered_at IS NULL AND given_up_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[str] = mapped_column(ForeignKey("identity.oauth_client.client_id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("identity.sign_in_session.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[Created] = mapped_column(index=True)
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
