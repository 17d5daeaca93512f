"""What a person says about themselves; the name and the level come from identity."""

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Instant
from social.models import Base


class Profile(Base):
    __tablename__ = "profile"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[Created]
    changed_at: Mapped[Instant]
