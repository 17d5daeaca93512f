"""One row per opening of a mini-app: the launch token's id, and when it ends."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant
from plugins.models import Base
from plugins.registry.models import MiniApp


class Launch(Base):
    """`id` is the token's jti."""

    __tablename__ = "launch"
    __table_args__ = (Index(None, "person_id", "launched_at"), Index(None, "expires_at"))

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    version_code: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[UUID]
    launched_at: Mapped[Created]
    expires_at: Mapped[Instant]
