"""Bulks and what became of each case in them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, one_of
from identity.models import Base
from identity.moderation.models import Case


class BulkState(StrEnum):
    PREVIEW = "preview"
    PROPOSED = "proposed"
    EXECUTED = "executed"
    UNDONE = "undone"
    REFUSED = "refused"


class Bulk(Base):
    """Over fifty subjects a second person approves: held here by the database, whatever the code says."""

    __tablename__ = "moderation_bulk"
    __table_args__ = (
        CheckConstraint("subjects BETWEEN 1 AND 1000", name="subjects"),
        CheckConstraint(
            "state NOT IN ('executed', 'undone') OR subjects <= 50 OR (approved_by IS NOT NULL AND approved_by <> made_by)",
            name="four_eyes",
        ),
    )

    id: Mapped[Id]
    verdict: Mapped[Document]
    state: Mapped[BulkState] = mapped_column(one_of(BulkState, "state"))
    subjects: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[UUID]
    made_at: Mapped[Created]
    approved_by: Mapped[UUID | None]
    executed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]


class BulkItem(Base):
    """`outcome`: empty in a preview, then `decided`, or the code of the refusal that left this case alone."""

    __tablename__ = "moderation_bulk_item"
    __table_args__ = (PrimaryKeyConstraint("bulk_id", "case_id"),)

    bulk_id: Mapped[UUID] = mapped_column(ForeignKey(Bulk.id))
    case_id: Mapped[UUID] = mapped_column(ForeignKey(Case.id))
    decision_id: Mapped[UUID | None]
    outcome: Mapped[str | None] = mapped_column(String(80))
