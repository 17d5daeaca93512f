"""Rows of the OAuth server; every secret is kept as its hash."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant
from identity.models import Base


class PushedRequest(Base):
    """A pushed authorization request (RFC 9126), consumed when authorization completes."""

    __tablename__ = "pushed_request"

    reference_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(120))
    parameters: Mapped[dict[str, Any]]
    dpop_jkt: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    consumed_at: Mapped[datetime | None]


class Grant(Base):
    """What a person allowed a client in one authorization; its refresh tokens are one family and die together."""

    __tablename__ = "oauth_grant"

    id: Mapped[Id]
    client_id: Mapped[str] = mapped_column(ForeignKey("identity.oauth_client.client_id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"), index=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("identity.sign_in_session.id"), index=True)
    scope: Mapped[str]
    resource: Mapped[str]
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
