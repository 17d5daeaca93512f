"""What an app keeps about its own use by one person."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Instant
from plugins.models import Base
from plugins.registry.models import MiniApp


class StoredValue(Base):
    """`value` is JSON text; `size` counts the bytes of key and value together."""

    __tablename__ = "stored_value"
    __table_args__ = (PrimaryKeyConstraint("person_id", "app_id", "key"), Index(None, "app_id"))

    person_id: Mapped[UUID]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    key: Mapped[str] = mapped_column(String(128))
    value: Mapped[str]
    size: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[Instant]
