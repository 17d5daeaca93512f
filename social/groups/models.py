"""Groups and who is in them."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, one_of
from social.models import Base


class GroupKind(StrEnum):
    PUBLIC = "public"
    INTEREST = "interest"
    WARD = "ward"


class Reading(StrEnum):
    EVERYONE = "everyone"
    MEMBERS = "members"


class Group(Base):
    """`reading` says who may read what is written inside; who may join follows from the kind."""

    __tablename__ = "group"
    __table_args__ = (
        CheckConstraint("(kind = 'ward') = (admin_unit_id IS NOT NULL)", name="ward"),
        Index("uq_group_admin_unit_id", "admin_unit_id", unique=True, postgresql_where=text("kind = 'ward'")),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[GroupKind] = mapped_column(one_of(GroupKind, "kind"))
    reading: Mapped[Reading] = mapped_column(one_of(Reading, "reading"))
    admin_unit_id: Mapped[UUID | None]
    name_vi: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    about_vi: Mapped[str] = mapped_column(String(1_000))
    about_en: Mapped[str] = mapped_column(String(1_000))
    created_at: Mapped[Created]


class Membership(Base):
    __tablename__ = "membership"
    __table_args__ = (PrimaryKeyConstraint("person_id", "group_id"), Index(None, "group_id"))

    person_id: Mapped[UUID]
    group_id: Mapped[UUID] = mapped_column(ForeignKey(Group.id))
    joined_at: Mapped[Created]
