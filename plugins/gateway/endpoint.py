"""`ANY /v1/gw/{app_id}/{path}`: a plain ASGI app, because every call of every mini-app goes through it."""

import re
from collections.abc import Mapping
from hashlib import sha256
from types import SimpleNamespace
from typing import Final
from uuid import UUID

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hanoismart import assurance, gateway
from hanoismart.gateway import Answer, AppState, GatewayRequest, Ports, Refusal, app_state, refusals
from hanoismart.gateway.paths import Routes
from hanoismart.problems import Problem
from hanoismart.server.database import Database
from hanoismart.server.errors import MEDIA_TYPE, as_problem, render
from hanoismart.server.locale import locale_of
from identity.api.tokens import MandateOver
from kernel.access import Caller
from kernel.cache import Cache
from kernel.http.address import address_of
from kernel.outbound import GuardedTransport
from kernel.settings import settings as kernel_settings
from plugins.gateway.audit import PassageLog
from plugins.gateway.breakers import SharedBreakers
from plugins.gateway.calling import Calling
from plugins.gateway.holding import Held
from plugins.gateway.quotas import SharedQuotas
from plugins.gateway.signing import Assertions
from plugins.launch import asking
from plugins.ports import InProcessBackends
from plugins.registry import queries
from plugins.registry.live import LiveApp
from plugins.settings import settings

PREFIX: Final = "/v1/gw/"
_ROUTE: Final = SimpleNamespace(path="/v1/gw/{app_id}/{path}")  # what figures and logs call it


class Gateway:
    """The gateway of one process. `start` and `close` frame its life."""

    def __init__(self, database: Database, cache: Cache, backends: InProcessBackends) -> None:
        self._database = database
        self._backends = backends
        self._http = httpx.AsyncClient(transport=GuardedTransport(allow_inward=settings().inward_calls), follow_redirects=False)
        self._apps: Held[str, tuple[LiveApp, AppState] | None] = Held(self._read_app)
        self._consents: Held[tuple[UUID, str], frozenset[str]] = Held(self._read_consent)
        self._quotas = SharedQuotas(cache)
        self._breakers = SharedBreakers(cache)
        self._signer = Assertions(database)
        self.passages = PassageLog(database)
        host = re.escape(settings().page_host)
        self._origin = re.compile(rf"https?://[a-z0-9-]{{1,63}}\.{host}(:[0-9]{{1,5}})?")

    def start(self) -> None:
        self.passages.start()

    async def close(self) -> None:
        await self.passages.stop()
        await self._http.aclose()

    def forget(self) -> None:
        """Read apps and consents again at the next call."""
        self._apps.forget()
        self._consents.forget()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = _ROUTE
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Problem as problem:
            response = render(request, problem)
        except Exception as error:  # noqa: BLE001 (the gateway stands outside the apps that turn failures into documents)
            response = render(request, as_problem(error, scope.get("request_id")))
        origin = request.headers.get("origin", "")
        if self._origin.fullmatch(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.append("Vary", "Origin")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        app_id, _, rest = request.scope.get("raw_path", b"").decode("latin-1")[len(PREFIX) :].partition("/")
        if request.method == "OPTIONS":
            return _preflight(request)
        found = await self._apps.get(app_id) if len(app_id) <= 128 else None
        if found is None:
            return _refused(request, refusals.APP_UNKNOWN)
        live, state = found
        caller: Caller | None = request.scope.get("caller")
        mandate_over: Problem | None = request.scope.get("caller_refusal")
        if isinstance(mandate_over, MandateOver):
            raise mandate_over
        outcome = await gateway.run(
            self._request(request, rest),
            await request.body(),
            state,
            _seen(caller),
            await self._consented(caller, app_id),
            self._ports(live),
        )
        if isinstance(outcome, Answer):
            return _answered(outcome)
        refused: Problem | None = request.scope.get("caller_refusal")
        if outcome is refusals.TOKEN_REQUIRED and refused is not None:
            raise refused
        return _refused(request, outcome)

    def _ports(self, live: LiveApp) -> Ports:
        backend = Calling(live, self._http, self._backends)
        return Ports(quotas=self._quotas, breakers=self._breakers, signer=self._signer, backend=backend, audit=self.passages)

    def _request(self, request: Request, rest: str) -> GatewayRequest:
        return GatewayRequest(
            method=request.method,
            path=f"/{rest}",
            query=request.scope["query_string"].decode("latin-1"),
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]),
            origin=sha256(address_of(request).encode()).hexdigest()[:16],
            host=request.headers.get("host", "localhost"),
            scheme=request.scope.get("scheme", "http"),
        )

    async def _consented(self, caller: Caller | None, app_id: str) -> frozenset[str]:
        if caller is None or caller.person_id is None or caller.audience != app_id:
            return frozenset()
        return await self._consents.get((caller.person_id, app_id))

    async def _read_app(self, app_id: str) -> tuple[LiveApp, AppState] | None:
        async with self._database.session() as session:
            live = await queries.live(session, app_id)
        if live is None:
            return None
        routes = Routes.of_openapi(live.openapi) if live.openapi else None
        issuer = kernel_settings().public_url
        return live, app_state(live.manifest, issuer=issuer, status=live.status, epoch=live.epoch, routes=routes)

    async def _read_consent(self, key: tuple[UUID, str]) -> frozenset[str]:
        person_id, app_id = key
        async with self._database.session() as session:
            live = await queries.live(session, app_id)
            return frozenset() if live is None else await asking.agreed(session, live, person_id)


def _seen(caller: Caller | None) -> gateway.Caller | None:
    if caller is None or caller.person_id is None:
        return None
    return gateway.Caller(
        audience=caller.audience,
        subject=caller.sub,
        acr=assurance.acr_of(caller.acr),
        scopes=caller.scopes,
        epoch=caller.epoch or 0,
        act_for=caller.act_for,
        roles=caller.roles,
    )


def _preflight(request: Request) -> Response:
    asked = request.headers.get("access-control-request-headers", "authorization, content-type, idempotency-key")
    allowed = {
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers": asked if len(asked) < 500 and asked.isprintable() else "authorization",
        "Access-Control-Max-Age": "600",
    }
    return Response(status_code=204, headers=allowed)


def _answered(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status not in {204, 304}:  # RFC 9110, section 8.6
        response.raw_headers.append((b"content-length", str(len(answer.body)).encode()))
    return response


def _refused(request: Request, refusal: Refusal) -> Response:
    document: dict[str, object] = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.title.in_(locale_of(request)),
        "status": refusal.status,
        "code": refusal.code,
        "instance": request.scope.get("request_id"),
        **refusal.extra,
    }
    headers: Mapping[str, str] = {"Cache-Control": "no-store", **refusal.headers}
    return Response(orjson.dumps(document), refusal.status, headers=dict(headers), media_type=MEDIA_TYPE)
