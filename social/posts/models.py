"""Posts and replies with their search copies, and the words an edit replaced."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, DateTime, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, one_of
from social.groups.models import Group
from social.models import Base

LONGEST = 5_000


class Audience(StrEnum):
    PUBLIC = "public"
    RESIDENTS = "residents"
    GROUP = "group"


class PostState(StrEnum):
    VISIBLE = "visible"
    HIDDEN = "hidden"
    DELETED = "deleted"


_TIMELINE = text("parent_id IS NULL AND state = 'visible'")
_WEIGHTED = "setweight(to_tsvector('simple', body_search), 'A') || setweight(to_tsvector('simple', body_folded), 'C')"


class Post(Base):
    """A reply is a post with a parent, and has its parent's audience and group. Ids grow with time and order every list."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint("audience <> 'group' OR group_id IS NOT NULL", name="group"),
        Index("ix_post_author", "author_id", text("id DESC"), postgresql_where=_TIMELINE, postgresql_include=["audience", "group_id"]),
        Index("ix_post_group", "group_id", text("id DESC"), postgresql_where=_TIMELINE),
        Index("ix_post_public", text("id DESC"), postgresql_where=text("parent_id IS NULL AND state = 'visible' AND audience = 'public'")),
        Index("ix_post_parent", "parent_id", "id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_post_words", "words", postgresql_using="gin"),
    )

    id: Mapped[Id]
    author_id: Mapped[UUID]
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey(Group.id))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("social.post.id"))
    audience: Mapped[Audience] = mapped_column(one_of(Audience, "audience"))
    state: Mapped[PostState] = mapped_column(one_of(PostState, "state"), default=PostState.VISIBLE)
    body: Mapped[str] = mapped_column(String(LONGEST))
    body_search: Mapped[str] = mapped_column(deferred=True)
    body_folded: Mapped[str] = mapped_column(deferred=True)
    words: Mapped[Any] = mapped_column(TSVECTOR, Computed(_WEIGHTED, persisted=True), deferred=True)
    created_at: Mapped[Created]
    edited_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PostEdit(Base):
    """What a post said until `replaced_at`."""

    __tablename__ = "post_edit"

    id: Mapped[Id]
    post_id: Mapped[UUID] = mapped_column(ForeignKey(Post.id), index=True)
    body: Mapped[str] = mapped_column(String(LONGEST))
    replaced_at: Mapped[Created]
