"""Keys that sign packages, and domains that give names."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Instant, one_of
from plugins.models import Base


class DeveloperKey(Base):
    """A public Ed25519 key; `kid` is its RFC 7638 thumbprint and belongs to one organisation for ever."""

    __tablename__ = "developer_key"
    __table_args__ = (
        CheckConstraint("not_after > not_before", name="validity"),
        Index("ix_developer_key_standing", "organisation_id", postgresql_where=text("revoked_at IS NULL")),
    )

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation_id: Mapped[UUID]
    jwk: Mapped[Document]
    label: Mapped[str] = mapped_column(String(100))
    not_before: Mapped[Instant]
    not_after: Mapped[Instant]
    registered_by: Mapped[UUID]
    created_at: Mapped[Created]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
    revoke_reason: Mapped[str | None] = mapped_column(String(300))


class ProofState(StrEnum):
    """`lapsed`: a proof that stood once and was not found again."""

    PENDING = "pending"
    VERIFIED = "verified"
    LAPSED = "lapsed"


class DomainProof(Base):
    """An organisation says it holds a domain; `token` must stand in its DNS or at its well-known address."""

    __tablename__ = "domain_proof"
    __table_args__ = (
        PrimaryKeyConstraint("organisation_id", "domain"),
        Index("uq_domain_proof_verified", "domain", unique=True, postgresql_where=text("state = 'verified'")),
        CheckConstraint("(state = 'pending') = (verified_at IS NULL)", name="verified"),
    )

    organisation_id: Mapped[UUID]
    domain: Mapped[str] = mapped_column(String(253))
    token: Mapped[str] = mapped_column(String(64))
    state: Mapped[ProofState] = mapped_column(one_of(ProofState, "state"))
    created_at: Mapped[Created]
    checked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
