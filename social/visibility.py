"""The one policy of who sees which post; every read of every room goes through `visible_to`."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Boolean, ColumnElement, Uuid, and_, bindparam, exists, false, func, literal, literal_column, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from identity.api import levels
from identity.api.levels import Facts
from kernel.access import Caller
from social.groups.models import Group, GroupKind, Membership
from social.posts.models import Post
from social.relations.models import Block

NOBODY = UUID(int=0)
RESIDENT_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads, with all that decides what they see; a person who is not signed in is NOBODY."""

    person_id: UUID = NOBODY
    facts: Facts | None = None
    groups: frozenset[UUID] = frozenset()
    """Groups the person is in, and may be in at this moment: a ward's only while the residence is attested."""
    blocked: frozenset[UUID] = frozenset()
    """Everybody with a block between them and this person, whoever made it."""

    @property
    def level(self) -> int:
        return self.facts.trust_level if self.facts else 0

    @property
    def residence(self) -> UUID | None:
        """The commune of residence, while it counts."""
        return self.facts.residence if self.facts and self.level >= RESIDENT_LEVEL else None

    def parameters(self) -> dict[str, Any]:
        """Values for the bind parameters of `VISIBLE_ROOT`."""
        return {
            "viewer": self.person_id,
            "resident": self.level >= RESIDENT_LEVEL,
            "viewer_groups": list(self.groups),
            "viewer_blocked": list(self.blocked),
        }


async def viewer(session: AsyncSession, person_id: UUID | None) -> Viewer:
    """Raises PersonNotFound for a closed account."""
    if person_id is None:
        return Viewer()
    facts = await levels.facts(session, person_id)
    here = facts.residence if facts.trust_level >= RESIDENT_LEVEL else None
    own_ward = Group.admin_unit_id == here if here else false()
    groups = (
        select(Membership.group_id)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.person_id == person_id, or_(Group.kind != GroupKind.WARD, own_ward))
    )
    blocked = union_all(
        select(Block.blocked_id).where(Block.blocker_id == person_id), select(Block.blocker_id).where(Block.blocked_id == person_id)
    )
    row = (await session.execute(select(func.array(groups.scalar_subquery()), func.array(blocked.scalar_subquery())))).one()
    return Viewer(person_id, facts, frozenset(row[0]), frozenset(row[1]))


async def viewer_of(request: Request, session: AsyncSession) -> Viewer:
    """The reader of a request that anyone may make."""
    caller: Caller | None = request.scope.get("caller")
    return await viewer(session, caller.person_id if caller else None)


def visible_to(who: Viewer) -> ColumnElement[bool]:
    """The condition on `Post` under which a row may reach this reader."""
    eyes = _Eyes(
        literal(who.person_id, Uuid()),
        literal(who.level >= RESIDENT_LEVEL),
        literal(list(who.groups), ARRAY(Uuid())),
        literal(list(who.blocked), ARRAY(Uuid())),
    )
    own_hidden = and_(Post.state == literal_column("'hidden'"), Post.author_id == eyes.me)
    return and_(or_(_stands(Post), own_hidden), _reaches(eyes), or_(Post.parent_id.is_(None), _root_stands(eyes)))


@dataclass(frozen=True, slots=True)
class _Eyes:
    me: ColumnElement[UUID]
    resident: ColumnElement[bool]
    groups: ColumnElement[Any]
    blocked: ColumnElement[Any]


def _reaches(eyes: _Eyes) -> ColumnElement[bool]:
    """The reader is of the audience, and nothing stands between them and the author."""
    return and_(
        or_(
            Post.audience == literal_column("'public'"),
            Post.author_id == eyes.me,
            and_(Post.audience == literal_column("'residents'"), eyes.resident),
            and_(Post.audience == literal_column("'group'"), Post.group_id == eyes.groups.any_()),
        ),
        Post.author_id != eyes.blocked.all_(),
    )


def _stands(post: type[Post]) -> ColumnElement[bool]:
    return post.state == literal_column("'visible'")


def _root_stands(eyes: _Eyes) -> ColumnElement[bool]:
    """A reply is not seen without the post it answers."""
    root = aliased(Post)
    return exists().where(root.id == Post.parent_id, _stands(root), root.author_id != eyes.blocked.all_())


VISIBLE_ROOT = and_(
    Post.parent_id.is_(None),
    _stands(Post),
    _reaches(
        _Eyes(
            bindparam("viewer", type_=Uuid()),
            bindparam("resident", type_=Boolean()),
            bindparam("viewer_groups", type_=ARRAY(Uuid())),
            bindparam("viewer_blocked", type_=ARRAY(Uuid())),
        )
    ),
)
"""The same policy for timelines, which hold no replies, with parameters instead of values: for statements that are compiled once."""
