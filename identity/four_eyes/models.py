"""Actions that wait for a second pair of eyes; the database refuses one person standing for two."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, one_of
from identity.models import Base


class ActionKind(StrEnum):
    UNVERIFY = "unverify"
    BULK = "bulk"
    PII_EXPORT = "pii_export"


class FourEyesAction(Base):
    """`payload` holds ids and words of ours; `result` is sealed. A trigger freezes what was proposed."""

    __tablename__ = "four_eyes_action"
    __table_args__ = (
        CheckConstraint("executed_at IS NULL OR (approved_by IS NOT NULL AND approved_by <> proposed_by)", name="four_eyes"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="other_person"),
        CheckConstraint("executed_at IS NULL OR refused_at IS NULL", name="one_end"),
        Index("ix_four_eyes_action_waiting", "proposed_at", "id", postgresql_where=text("executed_at IS NULL AND refused_at IS NULL")),
    )

    id: Mapped[Id]
    kind: Mapped[ActionKind] = mapped_column(one_of(ActionKind, "kind"))
    payload: Mapped[Document]
    person_id: Mapped[UUID | None]
    because: Mapped[str] = mapped_column(String(1000))
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[Created]
    approved_by: Mapped[UUID | None]
    executed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
