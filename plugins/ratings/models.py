"""One rating per person and app."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant
from plugins.models import Base
from plugins.registry.models import MiniApp


class Rating(Base):
    """`hidden_at`: moderators took the words out of sight; the stars count no more either."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("app_id", "person_id"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        Index(None, "app_id", "edited_at"),
        Index(None, "person_id"),
    )

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    person_id: Mapped[UUID]
    stars: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str | None] = mapped_column(String(1000))
    version_code: Mapped[int]
    created_at: Mapped[Created]
    edited_at: Mapped[Instant]
    hidden_at: Mapped[datetime | None]
