"""`/v1/posts`: writing, reading, answering, changing, taking back."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from kernel.access import CallerDep, Person
from kernel.limits import TooMany
from social.authors import authors
from social.posts import service
from social.posts.models import Post, PostState
from social.posts.schemas import EarlierListOut, EarlierOut, EditIn, PostIn, PostOut, ReplyIn, post_out
from social.refusals import GroupNotFound, MembersOnly, NotTheAuthor, PostNotFound, ResidentsOnly, SociallyLocked, TrustNeeded
from social.visibility import viewer, viewer_of, visible_to

router = Router(tags=["posts"])
WRITING = [ResidentsOnly, MembersOnly, TrustNeeded, SociallyLocked, TooMany]


@router.post("/v1/posts", audience=Person(), problems=[GroupNotFound, *WRITING], status_code=201, response_model=PostOut)
async def publish(wanted: PostIn, session: Session, caller: CallerDep) -> PostOut:
    author = await viewer(session, caller.person)
    made = await service.publish(session, author, wanted.body, group_id=wanted.group_id, audience=wanted.audience)
    return post_out(made, await authors(session, [made.author_id]))


@router.get("/v1/posts/{post_id}", audience=Anyone(), problems=[PostNotFound], response_model=PostOut)
async def post(request: Request, post_id: UUID, session: Session) -> PostOut:
    found = await service.post(session, await viewer_of(request, session), post_id)
    return post_out(found, await authors(session, [found.author_id]))


@router.post("/v1/posts/{post_id}/replies", audience=Person(), problems=[PostNotFound, *WRITING], status_code=201, response_model=PostOut)
async def reply(post_id: UUID, wanted: ReplyIn, session: Session, caller: CallerDep) -> PostOut:
    made = await service.reply(session, await viewer(session, caller.person), post_id, wanted.body)
    return post_out(made, await authors(session, [made.author_id]))


@router.get("/v1/posts/{post_id}/replies", audience=Anyone(), problems=[PostNotFound, CursorInvalid], response_model=ListOut[PostOut])
async def replies(request: Request, post_id: UUID, session: Session, page: Paging) -> ListOut[PostOut]:
    """Oldest first."""
    who = await viewer_of(request, session)
    await service.post(session, who, post_id)
    thread = select(Post).where(Post.parent_id == post_id, Post.state == PostState.VISIBLE, visible_to(who))
    found = await paginate(session, thread, [Post.id], page, newest_first=False)
    names = await authors(session, [row.author_id for row in found.items])
    return ListOut(items=[post_out(row, names) for row in found.items], next=found.next)


@router.patch(
    "/v1/posts/{post_id}", audience=Person(), problems=[PostNotFound, NotTheAuthor, SociallyLocked, TooMany], response_model=PostOut
)
async def edit(post_id: UUID, wanted: EditIn, session: Session, caller: CallerDep) -> PostOut:
    changed = await service.edit(session, await viewer(session, caller.person), post_id, wanted.body)
    return post_out(changed, await authors(session, [changed.author_id]))


@router.get("/v1/posts/{post_id}/edits", audience=Anyone(), problems=[PostNotFound], response_model=EarlierListOut)
async def edits(request: Request, post_id: UUID, session: Session) -> EarlierListOut:
    """What it said before, newest first."""
    found = await service.edits(session, await viewer_of(request, session), post_id)
    return EarlierListOut(items=[EarlierOut.model_validate(row) for row in found])


@router.delete("/v1/posts/{post_id}", audience=Person(), problems=[PostNotFound, NotTheAuthor], status_code=204, response_model=None)
async def remove(post_id: UUID, session: Session, caller: CallerDep) -> None:
    await service.remove(session, await viewer(session, caller.person), post_id)
