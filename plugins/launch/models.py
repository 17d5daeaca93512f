"""Openings of mini-apps, and what Telegram's grammar needs besides: a number per person and sector, a secret per app."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed
from plugins.models import Base
from plugins.registry.models import MiniApp


class Launch(Base):
    """`id` is the token's jti, or in Telegram's grammar the query_id; `used_at`: its app's backend has spent it."""

    __tablename__ = "launch"
    __table_args__ = (Index(None, "person_id", "launched_at"), Index(None, "expires_at"), Index(None, "app_id", "launched_at"))

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    version_code: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[UUID]
    launched_at: Mapped[Created]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]


class PersonNumber(Base):
    """The pairwise number of a person in a sector, below 2^53, by which Telegram's grammar names people."""

    __tablename__ = "person_number"
    __table_args__ = (
        PrimaryKeyConstraint("person_id", "sector"),
        UniqueConstraint("sector", "number"),
        CheckConstraint("number > 0 AND number < 9007199254740992", name="number"),
    )

    person_id: Mapped[UUID]
    sector: Mapped[str] = mapped_column(String(200))
    number: Mapped[int] = mapped_column(BigInteger)


class LaunchSecret(Base):
    """The app secret that the hash of Telegram's grammar is made with, sealed; one per app and installation."""

    __tablename__ = "launch_secret"

    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id), primary_key=True)
    secret: Mapped[Sealed]
    made_at: Mapped[Instant]
