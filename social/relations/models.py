"""Follows and blocks, one row each; a block works in both directions."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from hanoismart.server.models import Created
from social.models import Base


class Follow(Base):
    __tablename__ = "follow"
    __table_args__ = (
        PrimaryKeyConstraint("follower_id", "followee_id"),
        CheckConstraint("follower_id <> followee_id", name="another"),
        Index(None, "followee_id"),
    )

    follower_id: Mapped[UUID]
    followee_id: Mapped[UUID]
    created_at: Mapped[Created]


class Block(Base):
    __tablename__ = "block"
    __table_args__ = (
        PrimaryKeyConstraint("blocker_id", "blocked_id"),
        CheckConstraint("blocker_id <> blocked_id", name="another"),
        Index(None, "blocked_id"),
    )

    blocker_id: Mapped[UUID]
    blocked_id: Mapped[UUID]
    created_at: Mapped[Created]
