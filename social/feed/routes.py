"""`/v1/feed`, the public timeline and the timeline of a group: newest first, nothing else decides."""

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.audience import Anyone
from hanoismart.server.database import Database
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, PageRequest, Paging
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from kernel.access import CallerDep, Person
from kernel.reads import HotRead
from social.authors import authors
from social.feed import queries
from social.groups import service as groups
from social.posts.schemas import PostOut, post_out
from social.refusals import GroupNotFound
from social.visibility import Viewer, viewer, viewer_of

router = Router(tags=["posts"])


class FeedItemOut(PostOut):
    reason: str
    """Why it is here: followed, own."""


@router.get("/v1/feed", audience=Person(), problems=[CursorInvalid], response_model=ListOut[FeedItemOut])
async def feed(request: Request, session: Session, caller: CallerDep, page: Paging) -> ListOut[FeedItemOut]:
    """What the people one follows wrote, and one's own."""
    who = await viewer(session, caller.person)
    rows, following = await _read(request, queries.home(queries.size_for(page.limit)), who, page)
    names = await authors(session, [row["author_id"] for row in rows])
    items = [FeedItemOut(**dict(post_out(row, names)), reason=row["reason"]) for row in rows]
    return ListOut(items=items, next=following)


@router.get("/v1/posts", audience=Anyone(), problems=[CursorInvalid], response_model=ListOut[PostOut])
async def public_timeline(request: Request, session: Session, page: Paging) -> ListOut[PostOut]:
    """What everybody may read."""
    rows, following = await _read(request, queries.public(queries.size_for(page.limit)), await viewer_of(request, session), page)
    return await _list(session, rows, following)


@router.get("/v1/groups/{group_id}/posts", audience=Anyone(), problems=[GroupNotFound, CursorInvalid], response_model=ListOut[PostOut])
async def group_timeline(request: Request, group_id: UUID, session: Session, page: Paging) -> ListOut[PostOut]:
    who = await viewer_of(request, session)
    await groups.group(session, who, group_id)
    rows, following = await _read(request, queries.of_group(queries.size_for(page.limit)), who, page, group_id=group_id)
    return await _list(session, rows, following)


async def _read(request: Request, read: HotRead, who: Viewer, page: PageRequest, **values: Any) -> tuple[list[Any], str | None]:
    database: Database = request.scope["runtime"].database
    after = page.after([UUID])
    rows = await read.all(database, before=after[0] if after else queries.START, **who.parameters(), **values)
    found = page.page(rows, lambda row: [row["id"]])
    return found.items, found.next


async def _list(session: AsyncSession, rows: list[Any], following: str | None) -> ListOut[PostOut]:
    names = await authors(session, [row["author_id"] for row in rows])
    return ListOut(items=[post_out(row, names) for row in rows], next=following)
