"""Hanoi's wards and communes since July 2025: a list for anyone, found without diacritics, and a person's own where they agree."""

import json
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Query

from hanoismart import MiniApp, NotAgreed, Text, User
from hanoismart.folding import fold

PURPOSE = Text(vi="Để mở ngay phường, xã nơi bạn ở", en="To open the ward or commune you live in at once")
WARDS: list[dict[str, str]] = json.loads(Path(__file__).with_name("wards.json").read_text(encoding="utf-8"))

app = MiniApp.from_environment("vn.example.wards")
api = FastAPI(title="My ward")
api.mount("/hs", app.webhooks)


@api.get("/healthz")
async def healthy() -> dict[str, int]:
    """The hub asks here whether the backend can work."""
    return {"wards": len(WARDS)}


@api.get("/wards")
async def search(_: Annotated[User | None, Depends(app.visitor())], q: Annotated[str, Query(max_length=80)] = "") -> dict[str, object]:
    """Every ward whose name holds `q`, with or without its marks."""
    wanted = fold(q)
    return {"items": [one for one in WARDS if wanted in fold(one["name"])]}


@api.get("/mine")
async def mine(user: Annotated[User, Depends(app.user())]) -> dict[str, object]:
    """The ward a person lives in; the hub is asked each time, and the person sees that it was."""
    try:
        read = await app.hub.read_person(user.sub, ["residence.ward"], PURPOSE)
    except NotAgreed:
        return {"ward": None}
    return {"ward": next((one for one in WARDS if one["code"] == read.get("residence.ward")), None)}
