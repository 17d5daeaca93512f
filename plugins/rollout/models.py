"""Who is on a whitelist, every step a version took, and what was stopped."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id
from plugins.models import Base
from plugins.registry.models import MiniApp, Version


class Whitelisted(Base):
    """A person tries a version before others; `sub` is the name the app knows them by, so that the gateway chooses without a query."""

    __tablename__ = "whitelisted"
    __table_args__ = (PrimaryKeyConstraint("version_id", "person_id"), Index(None, "person_id"))

    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    person_id: Mapped[UUID]
    sub: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[Created]


class RolloutStep(Base):
    """One change of what is served, kept as history. `automatic` where the error rate spoke."""

    __tablename__ = "rollout_step"
    __table_args__ = (Index(None, "app_id", "at"),)

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    version_code: Mapped[int] = mapped_column(Integer)
    stage: Mapped[str] = mapped_column(String(20))
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    automatic: Mapped[bool]
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[Created]


class Kill(Base):
    """What is stopped and why: no `app_id` means every app. `method` is a bridge method, or `gateway` for all calls to the backend."""

    __tablename__ = "kill"
    __table_args__ = (
        CheckConstraint("version_code IS NULL OR app_id IS NOT NULL", name="version_of_an_app"),
        Index("ix_kill_standing", "app_id", postgresql_where=text("lifted_at IS NULL")),
    )

    id: Mapped[Id]
    app_id: Mapped[str | None] = mapped_column(ForeignKey(MiniApp.app_id))
    version_code: Mapped[int | None] = mapped_column(Integer)
    method: Mapped[str | None] = mapped_column(String(80))
    ward_code: Mapped[str | None] = mapped_column(String(20))
    reason_vi: Mapped[str]
    reason_en: Mapped[str]
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[Created]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(120))
