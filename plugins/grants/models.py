"""How many times an app may still tell a person something with one template."""

from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Instant
from plugins.models import Base
from plugins.registry.models import MiniApp

MOST: Final = 20
"""Open grants of one person for one template."""


class NotificationGrant(Base):
    """`open`: sends that are left. One grant is one send."""

    __tablename__ = "notification_grant"
    __table_args__ = (
        PrimaryKeyConstraint("person_id", "app_id", "template"),
        CheckConstraint(f"open BETWEEN 0 AND {MOST}", name="open"),
        Index(None, "app_id"),
    )

    person_id: Mapped[UUID]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    template: Mapped[str] = mapped_column(String(128))
    open: Mapped[int] = mapped_column(SmallInteger)
    given_at: Mapped[Instant]
