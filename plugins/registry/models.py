"""The registry's tables: apps, their names, their versions, who opened which, and what changed last."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.gateway import AppStatus
from hanoismart.ids import new_id
from hanoismart.server.models import Created, Document, Id, Instant, one_of
from plugins.models import Base


class VersionState(StrEnum):
    """Where a version stands on its way from the developer to everybody (docs/mini-apps/publishing.md draws it)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    AUTO_FAILED = "auto_failed"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"
    APPROVED = "approved"
    WHITELIST = "whitelist"
    CANARY = "canary"
    LIVE = "live"
    PREVIOUS = "previous"
    INELIGIBLE = "ineligible"
    REVOKED = "revoked"


SERVED = frozenset({VersionState.WHITELIST, VersionState.CANARY, VersionState.LIVE})
"""A person may be given such a version."""


class PlacementKind(StrEnum):
    """Where a backend runs: registry data, never the manifest's."""

    HTTP = "http"
    IN_PROCESS = "in_process"


class MiniApp(Base):
    """One app. `epoch` rises with every kill, and with it every token of the app dies; `payee` is who gets what it charges.

    `num` names it where a number is needed (Telegram's grammar), `subject_id` where moderators speak of it.
    The cards are what the catalogue says of the live version, as JSON; empty while none is live.
    `appeal_until` ends the ninety days in which a suspension may be appealed.
    """

    __tablename__ = "mini_app"
    __table_args__ = (Index(None, "status", "category", "app_id"), Index(None, "organisation_id"))

    app_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    num: Mapped[int] = mapped_column(BigInteger, unique=True, server_default=text("nextval('plugins.mini_app_num'::regclass)"))
    organisation_id: Mapped[UUID]
    sector: Mapped[str] = mapped_column(String(200))
    status: Mapped[AppStatus] = mapped_column(one_of(AppStatus, "status"))
    status_reason_vi: Mapped[str | None]
    status_reason_en: Mapped[str | None]
    suspended_by: Mapped[str | None] = mapped_column(String(120))
    appeal_until: Mapped[datetime | None]
    epoch: Mapped[int] = mapped_column(Integer)
    category: Mapped[str] = mapped_column(String(40))
    searched: Mapped[str]
    card_vi: Mapped[str | None]
    card_en: Mapped[str | None]
    payee: Mapped[dict[str, Any] | None]
    backend_jwks: Mapped[dict[str, Any] | None]
    backend_url: Mapped[str | None] = mapped_column(String(300))
    subject_id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    rating_count: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    rating_sum: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    created_at: Mapped[Created]
    updated_at: Mapped[Instant]


class AppName(Base):
    """A name an app goes by, reduced to what the eye sees of it (UTS 39), so that look-alikes are found by an index."""

    __tablename__ = "app_name"
    __table_args__ = (PrimaryKeyConstraint("app_id", "skeleton"), Index(None, "skeleton"))

    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    skeleton: Mapped[str] = mapped_column(String(200))


class Version(Base):
    """One version of an app; at most one is live and one is the canary.

    `files_json` is what the developer signed (`developer_jws`, by `kid`) and we countersigned (`registry_jws`); `digest` is its SHA-256: no
    other bytes under an old code. A version an operator installed is signed by us alone.
    """

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("app_id", "code"),
        Index("uq_version_live", "app_id", unique=True, postgresql_where=text("state = 'live'")),
        Index("uq_version_canary", "app_id", unique=True, postgresql_where=text("state = 'canary'")),
        Index("ix_version_served", "app_id", postgresql_where=text("state IN ('whitelist', 'canary', 'live')")),
        Index(None, "kid"),
        CheckConstraint("(state = 'canary') = (canary_percent IS NOT NULL)", name="canary"),
        CheckConstraint("canary_percent IN (1, 5, 25, 50)", name="canary_percent"),
    )

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    code: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(100))
    manifest: Mapped[Document]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[VersionState] = mapped_column(one_of(VersionState, "state"))
    state_since: Mapped[Instant]
    placement: Mapped[PlacementKind] = mapped_column(one_of(PlacementKind, "placement"))
    address: Mapped[str]
    openapi: Mapped[dict[str, Any] | None]
    files_json: Mapped[bytes | None]
    kid: Mapped[str | None] = mapped_column(String(64))
    developer_jws: Mapped[str | None]
    registry_jws: Mapped[str | None]
    package_key: Mapped[str | None] = mapped_column(String(200))
    package_size: Mapped[int | None] = mapped_column(Integer)
    scanned: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    canary_percent: Mapped[int | None] = mapped_column(SmallInteger)
    notes: Mapped[str | None]
    submitted_by: Mapped[UUID | None]
    created_at: Mapped[Created]


class OpenedApp(Base):
    """A person has opened an app; `declined` maps optional scopes they left unticked to the purpose they were shown."""

    __tablename__ = "opened_app"
    __table_args__ = (PrimaryKeyConstraint("person_id", "app_id"), Index(None, "person_id", "last_opened_at"), Index(None, "app_id"))

    person_id: Mapped[UUID]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    declined: Mapped[Document]
    favourite: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    first_opened_at: Mapped[datetime | None]
    last_opened_at: Mapped[Instant]


class RegistryChange(Base):
    """Something about an app changed; every process reads what is new, and a catalogue's mark is the newest number. None: everything."""

    __tablename__ = "registry_change"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    app_id: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[Created]
