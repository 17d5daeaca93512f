"""`/v1/search/posts`: words with or without their marks, quoted phrases, and a minus for what must not be there."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from social.authors import authors
from social.posts.schemas import PostOut, post_out
from social.search.queries import found_posts
from social.visibility import viewer_of

router = Router(tags=["posts"])


@router.get("/v1/search/posts", audience=Anyone(), problems=[CursorInvalid], response_model=ListOut[PostOut])
async def search_posts(
    request: Request, session: Session, page: Paging, q: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
) -> ListOut[PostOut]:
    """What matches as typed comes first, then what matches without marks; among the newest thousand."""
    who = await viewer_of(request, session)
    after = page.after([int, int, UUID])
    rows = (await session.execute(found_posts(who, q, after, page.limit))).mappings().all()
    found = page.page(rows, lambda row: [row["exact"], row["rank"], row["id"]])
    names = await authors(session, [row["author_id"] for row in found.items])
    return ListOut(items=[post_out(row, names) for row in found.items], next=found.next)
