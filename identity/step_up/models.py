"""The step-up table, and the freezes that close its riskiest operations for a while."""

from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Instant
from identity.models import Base
from identity.people.models import Person


class StepUpRule(Base):
    """`methods`: any of these `amr` values (RFC 8176) will do; empty, every method does. `frozen`: closed during a freeze or a lock."""

    __tablename__ = "step_up_rule"
    __table_args__ = (
        CheckConstraint("min_acr BETWEEN 0 AND 3", name="min_acr"),
        CheckConstraint("max_age_seconds > 0", name="max_age_seconds"),
    )

    operation: Mapped[str] = mapped_column(String(40), primary_key=True)
    min_acr: Mapped[int] = mapped_column(SmallInteger)
    max_age_seconds: Mapped[int] = mapped_column(Integer)
    methods: Mapped[list[str]]
    frozen: Mapped[bool] = mapped_column(Boolean)


class ActionFreeze(Base):
    """High-risk operations of a person stand still until a moment: after a recovery, whoever recovered waits too."""

    __tablename__ = "action_freeze"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    until: Mapped[Instant]
    because: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[Created]
