"""The timelines, each gathered when it is read and compiled once.

The home feed asks in three steps: the newest post of each followee, the followees with the newest of them, and only their posts.
The first N posts come from at most N authors, so nothing else need be read, however many people somebody follows.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, lateral, literal_column, select, true, union_all

from kernel.reads import HotRead
from social.posts.models import Post
from social.posts.schemas import COLUMNS
from social.relations.models import Follow
from social.relations.service import MOST_FOLLOWS
from social.visibility import VISIBLE_ROOT

START = UUID(int=2**128 - 1)
_SIZES = (20, 50, 100)
_VIEWER, _BEFORE = bindparam("viewer", type_=Uuid()), bindparam("before", type_=Uuid())
_COLUMNS = [getattr(Post, name) for name in COLUMNS]
_STANDING = (VISIBLE_ROOT, Post.id < _BEFORE)


def size_for(limit: int) -> int:
    """The smallest compiled page that holds the limit."""
    return next(size for size in _SIZES if size >= limit)


@lru_cache
def home(size: int) -> HotRead:
    """Posts of the people the viewer follows and the viewer's own, with why each is there."""
    return HotRead(f"home feed {size}", _home(literal_column(str(size + 1))))


@lru_cache
def public(size: int) -> HotRead:
    newest = select(*_COLUMNS).where(Post.audience == literal_column("'public'"), *_STANDING).order_by(Post.id.desc())
    return HotRead(f"public timeline {size}", newest.limit(literal_column(str(size + 1))))


@lru_cache
def of_group(size: int) -> HotRead:
    newest = select(*_COLUMNS).where(Post.group_id == bindparam("group_id", type_=Uuid()), *_STANDING).order_by(Post.id.desc())
    return HotRead(f"group timeline {size}", newest.limit(literal_column(str(size + 1))))


def _home(rows: Any) -> Select[*tuple[Any, ...]]:
    people = union_all(
        select(Follow.followee_id.label("id"), literal_column("'followed'").label("reason"))
        .where(Follow.follower_id == _VIEWER)
        .limit(literal_column(str(MOST_FOLLOWS))),
        select(_VIEWER.label("id"), literal_column("'own'").label("reason")),
    ).cte("people")
    newest = lateral(select(Post.id).where(Post.author_id == people.c.id, *_STANDING).order_by(Post.id.desc()).limit(literal_column("1")))
    top = select(people.c.id, people.c.reason).join(newest, true()).order_by(newest.c.id.desc()).limit(rows).cte("top")
    posts = lateral(select(*_COLUMNS).where(Post.author_id == top.c.id, *_STANDING).order_by(Post.id.desc()).limit(rows))
    return select(*posts.c, top.c.reason).select_from(top).join(posts, true()).order_by(posts.c.id.desc()).limit(rows)
