"""Search on two copies of the words: with marks first, without marks everything.

The newest thousand posts that match and may be seen are ranked; ranking every match of a frequent word takes a second on a big table.
"""

from typing import Any

from sqlalchemy import Integer, Select, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import REGCONFIG

from hanoismart.folding import fold, search_copy
from social.posts.models import Post, PostState
from social.posts.schemas import COLUMNS
from social.visibility import Viewer, visible_to

CANDIDATES = 1_000
_SIMPLE = cast("simple", REGCONFIG)


def found_posts(who: Viewer, words: str, after: list[object] | None, limit: int) -> Select[*tuple[Any, ...]]:
    """Rows of posts with `exact` (matches as typed, 0 or 1) and `rank` (millionths), best first; `after` holds both and the id."""
    typed = func.websearch_to_tsquery(_SIMPLE, search_copy(words))
    either = typed.op("||")(func.websearch_to_tsquery(_SIMPLE, fold(words)))
    candidates = (
        select(*(getattr(Post, name) for name in COLUMNS), Post.words)
        .where(Post.words.op("@@")(either), Post.state == PostState.VISIBLE, visible_to(who))
        .order_by(Post.id.desc())
        .limit(CANDIDATES)
        .subquery()
    )
    exact = cast(candidates.c.words.op("@@")(typed), Integer).label("exact")
    rank = cast(func.ts_rank(candidates.c.words, either) * 1_000_000, Integer).label("rank")
    ranked = select(*(column for column in candidates.c if column.key != "words"), exact, rank).subquery()
    order = (ranked.c.exact, ranked.c.rank, ranked.c.id)
    best = select(ranked).order_by(*(column.desc() for column in order)).limit(limit + 1)
    return best if after is None else best.where(tuple_(*order) < tuple_(*(literal(value) for value in after)))
