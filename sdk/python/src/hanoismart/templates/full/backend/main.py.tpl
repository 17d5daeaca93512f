"""What the backend of __APP_ID__ answers: greetings between citizens, told to whom they concern, forgotten with them."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Depends, FastAPI
from hanoismart import MiniApp, NotAgreed, Received, User
from pydantic import BaseModel, Field

app = MiniApp.from_environment("__APP_ID__")
api = FastAPI(title="__APP_ID__")
api.mount("/hs", app.webhooks)


@dataclass
class Greeting:
    """One greeting; `sub` stays here."""

    sub: str
    name: str
    text: str


greetings: list[Greeting] = []


class GreetingIn(BaseModel):
    """What the page sends."""

    name: str = Field(min_length=1, max_length=60)
    text: str = Field(min_length=1, max_length=200)


@api.get("/healthz")
async def healthy() -> dict[str, bool]:
    """The hub asks here whether the backend can work."""
    return {"ok": True}


@api.get("/about")
async def about(visitor: Annotated[User | None, Depends(app.visitor())]) -> dict[str, object]:
    """Open to anyone: the manifest lists it as public."""
    return {"app": app.app_id, "greetings": len(greetings), "signed_in": visitor is not None}


@api.get("/greetings")
async def listed(_: Annotated[User, Depends(app.user())]) -> dict[str, object]:
    """The last greetings, without the subjects of those who wrote them."""
    return {"items": [{name: value for name, value in asdict(one).items() if name != "sub"} for one in greetings[-50:]]}


@api.post("/greetings", status_code=201)
async def greet(body: GreetingIn, user: Annotated[User, Depends(app.user())]) -> dict[str, int]:
    """Keep a greeting, and tell those who greeted before and agreed to be told."""
    told = 0
    for sub in {one.sub for one in greetings} - {user.sub}:
        try:
            told += await app.notify(sub, "greeting.answered", {"name": body.name}, dedupe=f"{sub[-8:]}-{len(greetings)}")
        except NotAgreed:
            continue
    greetings.append(Greeting(user.sub, body.name, body.text))
    return {"told": told}


@app.webhook("consent.revoked")
@app.webhook("account.erased")
async def forget(received: Received) -> None:
    """A person took their consent back or left: what they wrote goes."""
    greetings[:] = [one for one in greetings if one.sub != received.data["sub"]]
