"""The retention schedule: what is kept how long, and which law or reason says so."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Id, one_of
from identity.models import Base


class RetentionAction(StrEnum):
    """`keep`: for good, said aloud; `delete`: the row goes; `erase`: its key is destroyed, the row stays."""

    KEEP = "keep"
    DELETE = "delete"
    ERASE = "erase"


class RetentionRule(Base):
    """`hours` after a row has served; none: kept for good. `name` is what the room's purge is registered under."""

    __tablename__ = "retention_rule"
    __table_args__ = (
        CheckConstraint("(action = 'keep') = (hours IS NULL)", name="hours"),
        CheckConstraint("hours IS NULL OR hours >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    what_vi: Mapped[str] = mapped_column(String(300))
    what_en: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(300))
    action: Mapped[RetentionAction] = mapped_column(one_of(RetentionAction, "action"))
    hours: Mapped[int | None] = mapped_column(Integer)
    valid_from: Mapped[date] = mapped_column(Date)
