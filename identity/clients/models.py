"""Registered clients and the pairwise aliases of people per sector."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Instant, one_of
from identity.models import Base


class ClientKind(StrEnum):
    PUBLIC = "public"
    CONFIDENTIAL = "confidential"
    MINIAPP = "miniapp"


class ClientState(StrEnum):
    """`pending` waits for staff, `suspended` issues and accepts nothing until it is active again."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class OAuthClient(Base):
    """A registration. `purposes`: why it asks, per scope or claim, in both languages, as the consent screen says it.

    `jwks` is what `jwks_uri` said when it was last read, `check_problem` what was wrong with the documents behind its addresses then.
    """

    __tablename__ = "oauth_client"

    client_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[ClientKind] = mapped_column(one_of(ClientKind, "kind"))
    first_party: Mapped[bool] = mapped_column(Boolean, default=False)
    sector: Mapped[str] = mapped_column(String(200))
    jwks: Mapped[dict[str, Any] | None]
    redirect_uris: Mapped[list[str]]
    post_logout_redirect_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    state: Mapped[ClientState] = mapped_column(one_of(ClientState, "state"), default=ClientState.ACTIVE)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.organisation.id"), index=True)
    purposes: Mapped[Document] = mapped_column(default=dict)
    details_types: Mapped[list[str]] = mapped_column(default=list)
    jwks_uri: Mapped[str | None]
    sector_identifier_uri: Mapped[str | None]
    backchannel_logout_uri: Mapped[str | None]
    logo_uri: Mapped[str | None]
    policy_uri: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    check_problem: Mapped[str | None] = mapped_column(String(80))
    require_signed_request_object: Mapped[bool] = mapped_column(Boolean, default=False)
    device_grant: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[Created]


class ProtectedResource(Base):
    """An API that tokens can be made for (RFC 8707): its identifier is their `aud`, and its owner may introspect them."""

    __tablename__ = "protected_resource"

    resource: Mapped[str] = mapped_column(String(300), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey(OAuthClient.client_id), index=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[Created]


class AppRelease(Base):
    """Which versions of a client's app still work on a platform; the app reads it and asks its person to update."""

    __tablename__ = "app_release"

    client_id: Mapped[str] = mapped_column(ForeignKey(OAuthClient.client_id, ondelete="CASCADE"), primary_key=True)
    platform: Mapped[str] = mapped_column(String(20), primary_key=True)
    minimum: Mapped[str] = mapped_column(String(40))
    latest: Mapped[str] = mapped_column(String(40))
    store_url: Mapped[str] = mapped_column(String(500))
    message_vi: Mapped[str] = mapped_column(String(500))
    message_en: Mapped[str] = mapped_column(String(500))
    updated_at: Mapped[Instant]


class PairwiseAlias(Base):
    """A person's subject in a sector; rotation of the key adds an alias, a merge keeps it."""

    __tablename__ = "pairwise_alias"
    __table_args__ = (Index(None, "person_id", "sector"),)

    sector: Mapped[str] = mapped_column(String(200), primary_key=True)
    sub: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"))
    created_at: Mapped[Created]
