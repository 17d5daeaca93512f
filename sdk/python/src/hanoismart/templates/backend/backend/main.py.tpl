"""What the backend of __APP_ID__ answers: every call comes through the gateway, every message is signed by the hub."""

from typing import Annotated

from fastapi import Depends, FastAPI
from hanoismart import MiniApp, Received, User

app = MiniApp.from_environment("__APP_ID__")
api = FastAPI(title="__APP_ID__")
api.mount("/hs", app.webhooks)
visits: dict[str, int] = {}


@api.get("/healthz")
async def healthy() -> dict[str, bool]:
    """The hub asks here whether the backend can work."""
    return {"ok": True}


@api.get("/about")
async def about(visitor: Annotated[User | None, Depends(app.visitor())]) -> dict[str, object]:
    """Open to anyone: the manifest lists it as public."""
    return {"app": app.app_id, "signed_in": visitor is not None}


@api.get("/me")
async def me(user: Annotated[User, Depends(app.user())]) -> dict[str, object]:
    """Who calls, as far as this app may know."""
    visits[user.sub] = visits.get(user.sub, 0) + 1
    return {"sub": user.sub, "scopes": sorted(user.scopes), "visits": visits[user.sub]}


@app.webhook("consent.revoked")
@app.webhook("account.erased")
async def forget(received: Received) -> None:
    """A person took their consent back or left: what we keep of them goes."""
    visits.pop(str(received.data["sub"]), None)
