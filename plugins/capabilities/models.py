"""Which payment was asked for by which app, so that only that app hears of it."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created
from plugins.models import Base
from plugins.registry.models import MiniApp


class AppPayment(Base):
    """`reference` is the app's own word for what is paid; once per app."""

    __tablename__ = "app_payment"
    __table_args__ = (UniqueConstraint("app_id", "reference"),)

    intent_id: Mapped[UUID] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    reference: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[Created]
