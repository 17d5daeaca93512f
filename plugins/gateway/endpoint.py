"""`ANY /v1/gw/{app_id}/{path}`: a plain ASGI app, because every call of every mini-app goes through it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import SimpleNamespace
from typing import Final
from uuid import UUID

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from hanoismart import assurance, clock, gateway
from hanoismart.gateway import Answer, AppState, GatewayRequest, Ports, Refusal, refusals
from hanoismart.problems import Problem
from hanoismart.server.database import Database
from hanoismart.server.errors import as_problem
from identity.api.tokens import MandateOver
from kernel.access import Caller
from kernel.cache import Cache
from kernel.http.address import address_of
from plugins.gateway.apps import Apps, stopped_in
from plugins.gateway.audit import PassageLog
from plugins.gateway.breakers import SharedBreakers
from plugins.gateway.calling import Calling
from plugins.gateway.holding import Held
from plugins.gateway.quotas import SharedQuotas
from plugins.gateway.rendering import Reply, answered, preflight, problem_reply, refused
from plugins.gateway.rooms import Rooms
from plugins.gateway.signing import Assertions
from plugins.gateway.stale import StaleAnswers
from plugins.gateway.streaming import LIFE_SECONDS, Cut, Streams
from plugins.launch import asking
from plugins.ports import InProcessBackends
from plugins.registry import serving
from plugins.registry.live import LiveApp
from plugins.settings import settings

PREFIX: Final = "/v1/gw/"
_ROUTE: Final = SimpleNamespace(path="/v1/gw/{app_id}/{path}")  # what figures and logs call it
WARD_SECONDS: Final = 60.0
"""Where people live is asked only of apps that are stopped somewhere, and not at every call."""
_NOTHING: Final[frozenset[str]] = frozenset()
log = structlog.get_logger()


@dataclass(slots=True)
class _Call:
    """One request on its way: what came, and what is known of it so far."""

    scope: Scope
    receive: Receive
    app_id: str
    path: str
    caller: Caller | None
    origin: str
    host: str
    forwarded: str
    headers: tuple[tuple[str, str], ...]


class Gateway:
    """The gateway of one process. `start` and `close` frame its life."""

    def __init__(self, database: Database, cache: Cache, backends: InProcessBackends) -> None:
        chosen = settings()
        self._database = database
        self._backends = backends
        self._rooms = Rooms(calls=chosen.gateway_calls, streams=chosen.gateway_streams, allow_inward=chosen.inward_calls)
        self._apps = Apps(database)
        self._consents: Held[tuple[UUID, str, str], frozenset[str]] = Held(self._read_consent)
        self._wards: Held[UUID, str | None] = Held(self._read_ward, seconds=WARD_SECONDS)
        self._quotas = SharedQuotas(cache)
        self._breakers = SharedBreakers(cache)
        self._stale = StaleAnswers(cache)
        self._signer = Assertions(database)
        self._streams = Streams()
        self.passages = PassageLog(database)
        self._origin = re.compile(rf"https?://[a-z0-9-]{{1,63}}\.{re.escape(chosen.page_host)}(:[0-9]{{1,5}})?")
        # Pages without an origin say so; only their bearer token lets them in, and no cookie ever counts here.
        self._opaque = chosen.page_origins == "opaque"

    def start(self) -> None:
        self.passages.start()

    async def close(self) -> None:
        await self.passages.stop()
        await self._rooms.close()

    def forget(self, app_id: str | None = None) -> None:
        """Read an app, or all, and every consent again at the next call; streams are looked at now."""
        self._apps.forget(app_id)
        self._consents.forget()
        self._streams.look(app_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = _ROUTE
        call = _read(scope, receive)
        try:
            reply = await self._reply(call)
        except ClientDisconnect:
            return
        except Problem as problem:
            reply = problem_reply(scope, problem)
        except Exception as error:  # noqa: BLE001 (the gateway stands outside the apps that turn failures into documents)
            reply = problem_reply(scope, as_problem(error, scope.get("request_id")))
        if call.origin and (self._origin.fullmatch(call.origin) or (self._opaque and call.origin == "null")):
            reply.headers.append((b"access-control-allow-origin", call.origin.encode("latin-1")))
            reply.headers.append((b"access-control-expose-headers", b"*"))
            reply.headers.append((b"vary", b"Origin"))
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        if reply.stream is None:
            await send({"type": "http.response.body", "body": reply.body})
        else:
            await self._pass_on(call, reply.stream, send)

    async def _pass_on(self, call: _Call, answer: Answer, send: Send) -> None:
        expires = call.caller.expires_at if call.caller is not None else None
        life = LIFE_SECONDS if expires is None else (expires - clock.now()).total_seconds()

        async def still() -> bool:
            return not isinstance(await self._admitted(call), Refusal)

        try:
            await self._streams.pass_on(call.app_id, answer, still, life, call.receive, send)
        except Cut:
            log.info("gateway.stream_cut", app_id=call.app_id)
            # Without its last message the server closes the connection: the reader sees that it is not whole.

    async def _reply(self, call: _Call) -> Reply:
        scope = call.scope
        if scope["method"] == "OPTIONS":
            return preflight(call.headers)
        refusal: Problem | None = scope.get("caller_refusal")
        if isinstance(refusal, MandateOver):
            raise refusal
        picked = await self._picked(call)
        if picked is None:
            return refused(scope, refusals.APP_UNKNOWN)
        live, state = picked
        body = await _body(call.receive)
        outcome = await gateway.run(
            self._request(call, len(body)),
            body,
            state,
            _seen(call.caller),
            await self._consented(call.caller, call.app_id),
            self._ports(live),
            streams=True,
        )
        if isinstance(outcome, Answer):
            return answered(outcome)
        if outcome is refusals.TOKEN_REQUIRED and refusal is not None:
            raise refusal
        return refused(scope, outcome)

    async def _picked(self, call: _Call) -> tuple[LiveApp, AppState] | None:
        if len(call.app_id) > 128:
            return None
        found = self._apps.now(call.app_id) or await self._apps.get(call.app_id)
        if found is None:
            return None
        caller = call.caller
        known = caller is not None and caller.audience == call.app_id
        picked = found.pick(caller.sub if caller is not None and known else None)
        if picked is not None and picked[0].kills.asks_ward and caller is not None and known and caller.person_id is not None:
            return picked[0], stopped_in(*picked, await self._wards.get(caller.person_id))
        return picked

    async def _admitted(self, call: _Call) -> gateway.Admitted | Refusal:
        """The steps before the quota once more, for a stream that is under way."""
        picked = await self._picked(call)
        if picked is None:
            return refusals.APP_UNKNOWN
        return gateway.admit(self._request(call, 0), picked[1], _seen(call.caller), await self._consented(call.caller, call.app_id))

    def _ports(self, live: LiveApp) -> Ports:
        return Ports(
            quotas=self._quotas,
            breakers=self._breakers,
            signer=self._signer,
            backend=Calling(live, self._rooms.of(live.app_id), self._backends),
            audit=self.passages,
            stale=self._stale,
        )

    def _request(self, call: _Call, size: int) -> GatewayRequest:
        return GatewayRequest(
            method=call.scope["method"],
            path=call.path,
            query=call.scope["query_string"].decode("latin-1"),
            headers=call.headers,
            body_size=size,
            origin=_network((call.scope.get("client") or ("",))[0], call.forwarded),
            host=call.host,
            scheme=call.scope.get("scheme", "http"),
        )

    async def _consented(self, caller: Caller | None, app_id: str) -> frozenset[str]:
        if caller is None or caller.person_id is None or caller.audience != app_id:
            return _NOTHING
        key = (caller.person_id, app_id, caller.sub)
        held = self._consents.now(key)
        return held if held is not None else await self._consents.get(key)

    async def _read_consent(self, key: tuple[UUID, str, str]) -> frozenset[str]:
        person_id, app_id, sub = key
        async with self._database.session() as session:
            found = await serving.choices(session, app_id)
            live = None if found is None else found.pick(sub)
            return _NOTHING if live is None else await asking.agreed(session, live, person_id)

    async def _read_ward(self, person_id: UUID) -> str | None:
        async with self._database.session() as session:
            return await serving.ward_of(session, person_id)


def _read(scope: Scope, receive: Receive) -> _Call:
    app_id, _, rest = scope.get("raw_path", b"").decode("latin-1")[len(PREFIX) :].partition("/")
    origin, host, forwarded = "", "localhost", ""
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    for name, value in headers:
        if name == "origin":
            origin = value
        elif name == "host":
            host = value
        elif name == "x-forwarded-for":
            forwarded = value
    return _Call(scope, receive, app_id, f"/{rest}", scope.get("caller"), origin, host, forwarded, headers)


async def _body(receive: Receive) -> bytes:
    """Raises ClientDisconnect, and what the body limit raises."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        body = body + part if body else part
        if not message.get("more_body", False):
            return body


@lru_cache(maxsize=10_000)
def _network(client: str, forwarded: str) -> str:
    """A name for where a call comes from, without saying where that is."""
    request = Request({"type": "http", "client": (client, 0), "headers": [(b"x-forwarded-for", forwarded.encode("latin-1"))]})
    return sha256(address_of(request).encode()).hexdigest()[:16]


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
