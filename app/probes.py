"""What operators and balancers ask a process: is it alive, is it ready, how is it doing."""

import asyncio
import hmac
from ipaddress import ip_address

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hanoismart.server.audience import Anyone
from hanoismart.server.errors import NotFound, Unavailable
from hanoismart.server.routing import Router
from hanoismart.server.schemas import Out
from kernel.settings import settings

_PROXIED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
router = Router(tags=["probes"])


class Liveness(Out):
    status: str


class Readiness(Out):
    status: str
    database: bool
    cache: bool


@router.get("/live", audience=Anyone(), response_model=Liveness)
async def live() -> Liveness:
    """The process answers."""
    return Liveness(status="ok")


@router.get("/ready", audience=Anyone(), response_model=Readiness, problems=[Unavailable])
async def ready(request: Request) -> Readiness:
    """The database answers; a missing cache makes us slower, not unready."""
    runtime = request.scope["runtime"]
    try:
        async with asyncio.timeout(2), runtime.database.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise Unavailable(headers={"Retry-After": "2"}) from error
    return Readiness(status="ok", database=True, cache=await runtime.parts["cache"].alive())


@router.get("/metrics", audience=Anyone(), include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus, for the holder of the metrics token, or in development for this machine when none is set."""
    if not _may_read(request):
        raise NotFound
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request) -> bool:
    token = settings().metrics_token
    if token is not None:
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode())
    # Behind a proxy on this machine everybody comes from loopback, whether the proxy says so in a header or not.
    if settings().trust_proxy or settings().environment == "production" or any(name in request.headers for name in _PROXIED):
        return False
    return request.client is not None and _loopback(request.client.host)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
