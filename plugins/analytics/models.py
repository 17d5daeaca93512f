"""Hourly usage of each version, rolled up from the gateway's passages, and the steps of consent without the person."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id
from plugins.models import Base
from plugins.registry.models import MiniApp


class HourlyUsage(Base):
    """One hour of one version. `failed` are calls its backend failed, `refused` those the gateway turned away; `received` in bytes.

    `buckets` counts the calls that reached the backend by how long they took (policies.BOUNDS).
    """

    __tablename__ = "hourly_usage"
    __table_args__ = (PrimaryKeyConstraint("app_id", "hour", "version_code"), Index(None, "hour"))

    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    hour: Mapped[datetime]
    version_code: Mapped[int] = mapped_column(Integer)
    calls: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
    refused: Mapped[int] = mapped_column(Integer)
    received: Mapped[int] = mapped_column(BigInteger)
    buckets: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class ConsentStep(Base):
    """Somebody was asked for consent, or gave it; nobody can tell who."""

    __tablename__ = "consent_step"
    __table_args__ = (Index(None, "app_id", "at"), Index(None, "at"))

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    agreed: Mapped[bool]
    at: Mapped[Created]
