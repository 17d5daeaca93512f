"""Posts as they are written and read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from hanoismart.server.schemas import In, Out
from social.authors import AuthorOut
from social.posts.models import LONGEST, Audience, PostState
from social.words import written

Body = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), AfterValidator(written)]


class PostIn(In):
    """`audience` is public when it is left out, or the group's own where only members read."""

    body: Body
    group_id: UUID | None = None
    audience: Audience | None = None


class ReplyIn(In):
    body: Body


class EditIn(In):
    body: Body


class PostOut(Out):
    id: UUID
    author: AuthorOut
    group_id: UUID | None
    parent_id: UUID | None
    audience: Audience
    state: PostState
    body: str
    created_at: datetime
    edited_at: datetime | None


class EarlierOut(Out):
    body: str
    replaced_at: datetime


class EarlierListOut(Out):
    items: list[EarlierOut]


COLUMNS = ("id", "author_id", "group_id", "parent_id", "audience", "state", "body", "created_at", "edited_at")


def post_out(row: Any, authors: dict[UUID, AuthorOut]) -> PostOut:
    """From an entity, a row or a record with the columns of `COLUMNS`."""
    get = row.__getitem__ if hasattr(row, "keys") else row.__getattribute__
    values = {name: get(name) for name in COLUMNS if name != "author_id"}
    return PostOut(author=authors[get("author_id")], **values)
