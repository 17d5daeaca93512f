"""The codes a page may hand to its backend, of which only the hash is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant
from plugins.models import Base
from plugins.registry.models import MiniApp


class AttributeCode(Base):
    """`hash` is SHA-256 of the code."""

    __tablename__ = "attribute_code"
    __table_args__ = (Index(None, "expires_at"), Index(None, "person_id"))

    id: Mapped[Id]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    person_id: Mapped[UUID]
    scope: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]
