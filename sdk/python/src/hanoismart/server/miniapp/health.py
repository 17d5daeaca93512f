"""Tells the hub whether the backend can work: its badge in the catalogue comes from here."""

from fastapi import Response
from sqlalchemy import text

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router


def health() -> Router:
    """The router of `GET /healthz`: 204 while the database answers."""
    router = Router(tags=["hub"])

    @router.get("/healthz", audience=Anyone(), status_code=204, response_class=Response, include_in_schema=False)
    async def healthy(session: Session) -> None:
        await session.execute(text("SELECT 1"))

    return router
