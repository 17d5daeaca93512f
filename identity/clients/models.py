"""Registered clients and the pairwise aliases of people per sector."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, one_of
from identity.models import Base


class ClientKind(StrEnum):
    PUBLIC = "public"
    CONFIDENTIAL = "confidential"
    MINIAPP = "miniapp"


class OAuthClient(Base):
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
    created_at: Mapped[Created]


class PairwiseAlias(Base):
    """A person's subject in a sector; rotation of the key adds an alias, a merge keeps it."""

    __tablename__ = "pairwise_alias"
    __table_args__ = (Index(None, "person_id", "sector"),)

    sector: Mapped[str] = mapped_column(String(200), primary_key=True)
    sub: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"))
    created_at: Mapped[Created]
