"""The gateway's audit: one row per passage, without a person and without a path."""

from sqlalchemy import Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Id, Instant
from plugins.models import Base


class PassageRow(Base):
    """Written in batches a second later; sizes in bytes."""

    __tablename__ = "passage"
    __table_args__ = (Index(None, "app_id", "at"), Index(None, "at"))

    id: Mapped[Id]
    at: Mapped[Instant]
    app_id: Mapped[str] = mapped_column(String(128))
    version_code: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(String(10))
    status: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str | None] = mapped_column(String(80))
    milliseconds: Mapped[int] = mapped_column(Integer)
    sent: Mapped[int] = mapped_column(Integer)
    received: Mapped[int] = mapped_column(Integer)
