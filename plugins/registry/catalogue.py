"""The catalogue as everybody reads it: each app's card is written once when its version goes live, and read as bytes."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import ARRAY, String, Text, bindparam, false, func, literal_column, select

from hanoismart.folding import fold
from hanoismart.gateway import AppStatus
from hanoismart.manifest import Manifest
from kernel.reads import HotRead
from plugins.health.models import BackendHealth
from plugins.ratings.figures import shown
from plugins.registry.models import MiniApp, RegistryChange
from plugins.registry.schemas import app_out
from plugins.rollout import kills

_SIZES: Final = (20, 50, 100)
LANGUAGES: Final = ("vi", "en")
MARK: Final = HotRead("catalogue mark", select(func.coalesce(func.max(RegistryChange.id), literal_column("0")).label("newest")))
"""The number of the newest change: what a client holds under it is still true."""


def card(manifest: Manifest, locale: str) -> str:
    """What the catalogue says of an app in one language, as JSON; what changes by itself (ratings, health) is added when it is read."""
    plain = app_out(manifest, locale).model_dump(exclude={"interrupted"})
    return orjson.dumps(plain).decode()


def size_for(limit: int) -> int:
    """The smallest prepared page that holds `limit` items."""
    return next(size for size in _SIZES if size >= limit)


def patterns(search: str | None) -> list[str]:
    """LIKE patterns of which every one must fit the app's folded words; at most ten."""
    words = fold(search or "").split()[:10]
    return [f"%{word.translate(_ESCAPED)}%" for word in words]


_ESCAPED: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@lru_cache
def read(size: int, locale: str, *, searched: bool, sorted_out: bool) -> HotRead:
    """A page by app id. `searched`: `patterns` must all fit; `sorted_out`: of one `category`."""
    words = MiniApp.card_en if locale == "en" else MiniApp.card_vi
    wanted: list[Any] = [
        MiniApp.status == literal_column(f"'{AppStatus.PUBLISHED.value}'"),
        words.is_not(None),
        MiniApp.app_id > bindparam("after", type_=String),
        *(~stopped for stopped in kills.out_of_sight(MiniApp.app_id)),
    ]
    if searched:
        wanted.append(MiniApp.searched.like(func.all(bindparam("patterns", type_=ARRAY(Text)))))
    if sorted_out:
        wanted.append(MiniApp.category == bindparam("category", type_=String))
    columns = (MiniApp.app_id, words.label("card"), MiniApp.rating_count, MiniApp.rating_sum)
    page = select(*columns).where(*wanted).order_by(MiniApp.app_id).limit(literal_column(str(size + 1))).subquery("page")
    interrupted = func.coalesce(BackendHealth.interrupted, false()).label("interrupted")
    found = select(page, interrupted).outerjoin(BackendHealth, BackendHealth.app_id == page.c.app_id).order_by(page.c.app_id)
    return HotRead(f"catalogue {size} {locale} {searched} {sorted_out}", found)


def rendered(rows: Sequence[Any], following: str | None) -> bytes:
    """The page as JSON: the cards as they lie there, and what changed since they were written."""
    items = []
    for row in rows:
        rating = shown(row["rating_count"], row["rating_sum"])
        more = {"interrupted": row["interrupted"], "rating": rating, "ratings": row["rating_count"]}
        items.append(row["card"].encode()[:-1] + b"," + orjson.dumps(more)[1:])
    return b'{"items":[' + b",".join(items) + b'],"next":' + orjson.dumps(following) + b"}"
