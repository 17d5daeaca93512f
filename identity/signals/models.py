"""What looked odd about an account, with a score and the case it led to."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Document, Id, Instant, one_of
from identity.models import Base
from identity.people.models import Person


class SignalKind(StrEnum):
    VELOCITY = "velocity"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    SIM_CHANGE = "sim_change"
    MANY_ACCOUNTS = "many_accounts"


class Signal(Base):
    """`score` 1 to 100; `facts` hold counts, kilometres and ids, never an address or a number. `case_id`: the case that looks into it."""

    __tablename__ = "fraud_signal"
    __table_args__ = (Index(None, "person_id", "at"), CheckConstraint("score BETWEEN 1 AND 100", name="score"))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    kind: Mapped[SignalKind] = mapped_column(one_of(SignalKind, "kind"))
    score: Mapped[int] = mapped_column(SmallInteger)
    facts: Mapped[Document]
    session_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    at: Mapped[Instant]
