"""What went from one account to another when both were found to be one person's, so that it can go back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id
from plugins.models import Base


class CarriedOver(Base):
    """`moved` names the rows by table and key; `aside` holds ratings that would have counted twice, as they were."""

    __tablename__ = "carried_over"
    __table_args__ = (Index("uq_carried_over_standing", "gone_id", unique=True, postgresql_where=text("undone_at IS NULL")),)

    id: Mapped[Id]
    kept_id: Mapped[UUID] = mapped_column(index=True)
    gone_id: Mapped[UUID]
    moved: Mapped[Document]
    aside: Mapped[Document]
    at: Mapped[Created]
    undone_at: Mapped[datetime | None]
