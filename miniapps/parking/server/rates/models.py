"""Tariffs as rows: a table with a version, its collections by vehicle and window of the day, and their lines (after APDS v4)."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger, String, Time, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Dong, Id, Instant, one_of
from miniapps.parking.server.models import Base, VehicleClass


class LineKind(StrEnum):
    FLAT = "flat"
    INCREMENTING = "incrementing"


class RateTableRow(Base):
    """One version of a tariff. `source` is the decision it follows; `passes` are tickets sold apart, which no price counts."""

    __tablename__ = "rate_table"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]
    valid_from: Mapped[Instant]
    valid_to: Mapped[datetime | None]
    passes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_at: Mapped[Created]


class RateCollectionRow(Base):
    """Lines for one vehicle class in one window of the day, in Hanoi's time; a window may cross midnight. `most` caps one stay in it."""

    __tablename__ = "rate_collection"
    __table_args__ = (UniqueConstraint("rate_table_id", "vehicle_class", "window_start"),)

    id: Mapped[Id]
    rate_table_id: Mapped[UUID] = mapped_column(ForeignKey(RateTableRow.id))
    vehicle_class: Mapped[VehicleClass] = mapped_column(one_of(VehicleClass, "vehicle_class"))
    window_start: Mapped[time] = mapped_column(Time)
    window_end: Mapped[time] = mapped_column(Time)
    most: Mapped[Dong | None]


class RateLineRow(Base):
    """One line: a flat sum from `starts_after` minutes on, or a sum per started `increment` minutes until `ends_after`."""

    __tablename__ = "rate_line"
    __table_args__ = (
        UniqueConstraint("collection_id", "sequence"),
        CheckConstraint("value >= 0 AND starts_after >= 0", name="not_negative"),
        CheckConstraint("(kind = 'incrementing') = (increment IS NOT NULL)", name="increment"),
    )

    id: Mapped[Id]
    collection_id: Mapped[UUID] = mapped_column(ForeignKey(RateCollectionRow.id))
    sequence: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[LineKind] = mapped_column(one_of(LineKind, "kind"))
    starts_after: Mapped[int] = mapped_column(Integer)
    ends_after: Mapped[int | None] = mapped_column(Integer)
    increment: Mapped[int | None] = mapped_column(Integer)
    value: Mapped[Dong]
