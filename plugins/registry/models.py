"""The registry's tables: apps, their versions, and who opened which."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.gateway import AppStatus
from hanoismart.server.models import Created, Document, Id, Instant, one_of
from plugins.models import Base


class VersionState(StrEnum):
    LIVE = "live"
    PREVIOUS = "previous"
    REVOKED = "revoked"


class PlacementKind(StrEnum):
    """Where a backend runs: registry data, never the manifest's."""

    HTTP = "http"
    IN_PROCESS = "in_process"


class MiniApp(Base):
    """One app. `epoch` rises with every kill, and with it every token of the app dies; `payee` is who gets what it charges."""

    __tablename__ = "mini_app"
    __table_args__ = (Index(None, "status", "category", "app_id"),)

    app_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    organisation_id: Mapped[UUID]
    sector: Mapped[str] = mapped_column(String(200))
    status: Mapped[AppStatus] = mapped_column(one_of(AppStatus, "status"))
    status_reason_vi: Mapped[str | None]
    status_reason_en: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(Integer)
    category: Mapped[str] = mapped_column(String(40))
    searched: Mapped[str]
    payee: Mapped[dict[str, Any] | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Instant]


class Version(Base):
    """One manifest of an app; at most one is live. `digest` is SHA-256 of the canonical manifest: no other bytes under an old code."""

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("app_id", "code"),
        Index("uq_version_live", "app_id", unique=True, postgresql_where=text("state = 'live'")),
    )

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    code: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(100))
    manifest: Mapped[Document]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[VersionState] = mapped_column(one_of(VersionState, "state"))
    placement: Mapped[PlacementKind] = mapped_column(one_of(PlacementKind, "placement"))
    address: Mapped[str]
    openapi: Mapped[dict[str, Any] | None]
    created_at: Mapped[Created]


class OpenedApp(Base):
    """A person has opened an app; `declined` maps optional scopes they left unticked to the purpose they were shown."""

    __tablename__ = "opened_app"
    __table_args__ = (PrimaryKeyConstraint("person_id", "app_id"), Index(None, "person_id", "last_opened_at"))

    person_id: Mapped[UUID]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    declined: Mapped[Document]
    first_opened_at: Mapped[datetime | None]
    last_opened_at: Mapped[Instant]
