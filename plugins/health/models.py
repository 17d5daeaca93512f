"""What the last polls of an app's backend found."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from plugins.models import Base
from plugins.registry.models import MiniApp


class BackendHealth(Base):
    """`failures` counts polls in a row that found no healthy backend; `interrupted` is what the catalogue tells, since `since`."""

    __tablename__ = "backend_health"

    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    interrupted: Mapped[bool]
    found: Mapped[str] = mapped_column(String(40))
    checked_at: Mapped[datetime]
    since: Mapped[datetime | None]
