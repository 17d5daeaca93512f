"""Writing, answering, changing and taking back."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold, search_copy
from hanoismart.ids import new_id
from identity.api import moderation
from kernel.events import emit
from social.budgets.service import spend_on
from social.events import Replied
from social.groups.models import Group
from social.policies import WRITING, check_write
from social.posts.models import Audience, Post, PostEdit, PostState
from social.refusals import GroupNotFound, NotTheAuthor, PostNotFound, SociallyLocked, TrustNeeded
from social.visibility import Viewer, visible_to


async def publish(
    session: AsyncSession, author: Viewer, body: str, *, group_id: UUID | None = None, audience: Audience | None = None
) -> Post:
    """A new post, one row whoever will read it.

    Raises GroupNotFound, ResidentsOnly, MembersOnly, TrustNeeded, SociallyLocked, TooMany.
    """
    group = await session.get(Group, group_id) if group_id else None
    if group_id and group is None:
        raise GroupNotFound
    chosen = check_write(author, group, audience)
    await _may_write(session, author, "post")
    return await _write(session, author.person_id, body, group_id=group_id, audience=chosen)


async def reply(session: AsyncSession, author: Viewer, post_id: UUID, body: str) -> Post:
    """An answer; an answer to an answer stands in the same thread, and tells the one who is answered.

    Raises PostNotFound, ResidentsOnly, MembersOnly, TrustNeeded, SociallyLocked, TooMany.
    """
    answered = await post(session, author, post_id)
    root = answered if answered.parent_id is None else await post(session, author, answered.parent_id)
    group = await session.get(Group, root.group_id) if root.group_id else None
    check_write(author, group, None)
    if author.level < WRITING:
        raise TrustNeeded(WRITING)
    await _may_write(session, author, "reply")
    made = await _write(session, author.person_id, body, group_id=root.group_id, audience=root.audience, parent_id=root.id)
    if answered.author_id != author.person_id:
        await emit(session, Replied(root.id, made.id, author.person_id, answered.author_id))
    return made


async def post(session: AsyncSession, who: Viewer, post_id: UUID) -> Post:
    """Raises PostNotFound, also for what this reader may not see."""
    found = await session.scalar(select(Post).where(Post.id == post_id, visible_to(who)))
    if found is None:
        raise PostNotFound
    return found


async def edit(session: AsyncSession, author: Viewer, post_id: UUID, body: str) -> Post:
    """The words before stay readable. Raises PostNotFound, NotTheAuthor, SociallyLocked, TooMany."""
    found = await _own(session, author, post_id)
    await _may_write(session, author, "edit")
    if found.body != body:
        session.add(PostEdit(post_id=found.id, body=found.body))
        found.body, found.body_search, found.body_folded, found.edited_at = body, search_copy(body), fold(body), now()
        await session.flush()
    return found


async def remove(session: AsyncSession, author: Viewer, post_id: UUID) -> None:
    """Gone for everybody, its answers with it. Raises PostNotFound, NotTheAuthor."""
    found = await _own(session, author, post_id)
    found.state = PostState.DELETED
    await session.flush()


async def edits(session: AsyncSession, who: Viewer, post_id: UUID) -> list[PostEdit]:
    """What a post said before, newest first, a hundred at most. Raises PostNotFound."""
    await post(session, who, post_id)
    return list(await session.scalars(select(PostEdit).where(PostEdit.post_id == post_id).order_by(PostEdit.id.desc()).limit(100)))


async def _own(session: AsyncSession, author: Viewer, post_id: UUID) -> Post:
    await post(session, author, post_id)
    found = await session.get_one(Post, post_id, with_for_update=True, populate_existing=True)
    if found.author_id != author.person_id:
        raise NotTheAuthor
    if found.state is PostState.DELETED:
        raise PostNotFound
    return found


async def _may_write(session: AsyncSession, author: Viewer, action: str) -> None:
    if await moderation.locked(session, author.person_id):
        raise SociallyLocked
    limited = await moderation.limited(session, author.person_id)
    await spend_on(session, author.person_id, author.level, action, halved=limited)


async def _write(
    session: AsyncSession, author_id: UUID, body: str, *, group_id: UUID | None, audience: Audience, parent_id: UUID | None = None
) -> Post:
    made = Post(
        id=new_id(),
        author_id=author_id,
        group_id=group_id,
        parent_id=parent_id,
        audience=audience,
        state=PostState.VISIBLE,
        body=body,
        body_search=search_copy(body),
        body_folded=fold(body),
        created_at=now(),
        edited_at=None,
    )
    session.add(made)
    await session.flush()
    return made
