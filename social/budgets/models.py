"""Budgets as dated rows per action, trust level and window; the newest row in force counts."""

from datetime import date

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from social.models import Base


class Budget(Base):
    __tablename__ = "budget"
    __table_args__ = (
        PrimaryKeyConstraint("action", "level", "window_seconds", "valid_from"),
        CheckConstraint("allowed >= 0 AND window_seconds > 0", name="sensible"),
    )

    action: Mapped[str] = mapped_column(String(40))
    level: Mapped[int] = mapped_column(SmallInteger)
    window_seconds: Mapped[int]
    valid_from: Mapped[date]
    allowed: Mapped[int]
