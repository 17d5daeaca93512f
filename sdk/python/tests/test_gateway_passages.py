"""Whole passages through the gateway: over ports in memory, with streams, old answers, breakers, quotas and contracts."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from gateway_world import APP, ASK, LAN, NOW, YES, code

from hanoismart import clock, tokens
from hanoismart.gateway import (
    CLOSED,
    Answer,
    AppState,
    AppStatus,
    Breaker,
    Caller,
    CallFailed,
    Forward,
    GatewayRequest,
    Passage,
    Ports,
    QuotaPolicy,
    Refusal,
    ResponsePolicy,
    Routes,
    Verdict,
    Window,
    run,
)
from hanoismart.gateway.contract import ApiContract
from hanoismart.text import Text
from hanoismart.tokens import Grant

JSON_HEAD = (("content-type", "application/json; charset=utf-8"),)


KEY = tokens.new_key()


class Bench:
    """A host in memory: real windows, real breaker, real signatures, and a backend that answers as told."""

    def __init__(self) -> None:
        self.windows: dict[str, Window] = {}
        self.breakers: dict[str, Breaker] = {}
        self.lines: list[Passage] = []
        self.calls: list[tuple[Forward, str]] = []
        self.answer: Answer | CallFailed = Answer(status=200, headers=JSON_HEAD, body=b"{}")

    async def take(self, quotas: tuple[tuple[str, QuotaPolicy], ...], now: datetime) -> tuple[Verdict, ...]:
        verdicts = []
        for key, policy in quotas:
            self.windows[key], verdict = self.windows.get(key, Window()).take(policy, now)
            verdicts.append(verdict)
        return tuple(verdicts)

    async def load(self, key: str) -> Breaker:
        return self.breakers.get(key, CLOSED)

    async def store(self, key: str, breaker: Breaker) -> None:
        self.breakers[key] = breaker

    async def assertion(self, grant: Grant) -> str:
        return tokens.sign_assertion(grant, KEY)

    async def call(self, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy) -> Answer:  # noqa: ARG002 - the port's shape
        self.calls.append((forward, assertion))
        if isinstance(self.answer, CallFailed):
            raise self.answer
        return self.answer

    def record(self, request: GatewayRequest, passage: Passage) -> None:  # noqa: ARG002 - the port's shape
        self.lines.append(passage)

    async def send(self, caller: Caller | None = LAN, path: str = "/sessions", app: AppState = APP) -> Answer | Refusal:
        ports = Ports(quotas=self, breakers=self, signer=self, backend=self, audit=self)
        return await run(replace(ASK, path=path), b'{"a": 1}', replace(app, per_person=QuotaPolicy("person", 8, 60)), caller, YES, ports)


async def test_a_whole_passage() -> None:
    bench = Bench()
    with clock.use(clock.FixedClock(NOW)):
        outcome = await bench.send()
        assert isinstance(outcome, Answer)
        assert dict(outcome.headers)["ratelimit"] == '"person";r=7;t=60'
        grant = tokens.verify_assertion(bench.calls[0][1], keys=tokens.public_keys(tokens.public_jwks([KEY])), app_id=APP.app_id, now=NOW)
        assert (grant.subject, grant.scopes) == ("k1.lan", YES)
        assert (bench.lines[0].status, bench.lines[0].code, bench.lines[0].sent) == (200, None, 8)


async def test_a_failing_backend_is_left_alone_and_comes_back() -> None:
    bench = Bench()
    with clock.use(clock.FixedClock(NOW)) as at:
        bench.answer = CallFailed(timed_out=True)
        assert [code(await bench.send()) for _ in range(6)] == ["gateway.backend_timeout"] * 5 + ["gateway.backend_interrupted"]
        assert len(bench.calls) == 5
        bench.answer = Answer(status=200, headers=JSON_HEAD, body=b"{}")
        at.advance(timedelta(seconds=11))
        assert code(await bench.send()) == "passed"
        assert bench.breakers[f"{APP.app_id}|12|POST"] == CLOSED
        assert [line.code for line in bench.lines][-2:] == ["gateway.backend_interrupted", None]


async def test_a_flood_is_refused_before_the_backend_is_called() -> None:
    bench = Bench()
    with clock.use(clock.FixedClock(NOW)):
        codes = [code(await bench.send()) for _ in range(10)]
    assert codes == ["passed"] * 8 + ["gateway.too_many"] * 2
    assert len(bench.calls) == 8


async def test_unreachable_and_oversized_have_their_own_codes() -> None:
    bench = Bench()
    with clock.use(clock.FixedClock(NOW)):
        bench.answer = CallFailed()
        assert code(await bench.send()) == "gateway.backend_unreachable"
        bench.answer = CallFailed(too_large=True)
        assert code(await bench.send()) == "gateway.answer_too_large"
        assert code(await bench.send(caller=None)) == "gateway.token_required"
    assert len(bench.calls) == 2


CONTRACT = ApiContract(
    {"paths": {"/sessions": {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "array"}}}}}}}}
)


@pytest.mark.parametrize(
    ("app", "path", "expected"),
    [
        (replace(APP, contract=CONTRACT), "/sessions", "gateway.request_invalid"),
        (replace(APP, contract=CONTRACT), "/admin", "gateway.route_unknown"),
        (replace(APP, contract=CONTRACT, stopped=Text(vi="Bảo trì", en="Maintenance")), "/sessions", "gateway.stopped"),
        (replace(APP, status=AppStatus.SUSPENDED, reason=Text(vi="Lỗi", en="Broken")), "/sessions", "gateway.app_suspended"),
    ],
)
async def test_what_does_not_leave(app: AppState, path: str, expected: str) -> None:
    bench = Bench()
    outcome = await bench.send(path=path, app=app)
    assert isinstance(outcome, Refusal)
    assert outcome.code == expected
    assert outcome.extra.get("pointer", "body") == "body"
    if expected in {"gateway.stopped", "gateway.app_suspended"}:
        assert outcome.extra["reason"] in ({"vi": "Bảo trì", "en": "Maintenance"}, {"vi": "Lỗi", "en": "Broken"})
    assert bench.calls == []


class Shelf:
    """Kept answers in memory, as old as the test says."""

    def __init__(self) -> None:
        self.kept: dict[str, Answer] = {}
        self.age = 5

    async def find(self, key: str) -> tuple[Answer, int] | None:
        return (self.kept[key], self.age) if key in self.kept else None

    async def keep(self, key: str, answer: Answer, seconds: int) -> None:
        assert seconds == 60
        self.kept[key] = answer


STALE = replace(APP, stale=((Routes.public(["GET /sessions"]).routes[0], 60),))


async def test_an_old_answer_stands_in_for_a_failing_backend() -> None:
    bench, shelf = Bench(), Shelf()

    async def get(caller: Caller | None = LAN, path: str = "/sessions", query: str = "") -> Answer | Refusal:
        ports = Ports(quotas=bench, breakers=bench, signer=bench, backend=bench, audit=bench, stale=shelf)
        return await run(GatewayRequest(method="GET", path=path, query=query), b"", STALE, caller, YES, ports)

    assert code(await get()) == "passed"
    for failing in (CallFailed(), CallFailed(timed_out=True), Answer(status=503, headers=JSON_HEAD, body=b"{}")):
        bench.answer = failing
        old = await get()
        assert isinstance(old, Answer)
        assert (old.status, old.body, dict(old.headers)["age"], dict(old.headers)["hs-stale"]) == (200, b"{}", "5", "1")
        assert dict(old.headers)["ratelimit-policy"] == '"person";q=120;w=60'
    # Another person, another question, a route that says nothing: each has no old answer of its own.
    assert code(await get(replace(LAN, subject="k1.minh"))) == "passed"
    assert (await get(replace(LAN, subject="k1.minh"))).status == 503
    assert (await get(query="page=2")).status == 503
    assert (await get(path="/other")).status == 503
    bench.answer = CallFailed()
    bench.breakers.clear()
    shelf.age = 61
    assert code(await get()) == "gateway.backend_unreachable"


async def test_what_forbids_to_be_kept_is_not_kept() -> None:
    bench, shelf = Bench(), Shelf()
    ports = Ports(quotas=bench, breakers=bench, signer=bench, backend=bench, audit=bench, stale=shelf)
    large = Answer(status=200, headers=JSON_HEAD, body=b"x" * 300_000)
    for answer in (
        Answer(status=200, headers=(*JSON_HEAD, ("Cache-Control", "no-store")), body=b"{}"),
        large,
        Answer(status=404, headers=()),
    ):
        bench.answer = answer
        await run(GatewayRequest(method="GET", path="/sessions"), b"", STALE, LAN, YES, ports)
    assert shelf.kept == {}


async def _parts(*parts: bytes | CallFailed) -> AsyncIterator[bytes]:
    for part in parts:
        if isinstance(part, CallFailed):
            raise part
        yield part


EVENTS = (("content-type", "text/event-stream"), ("cache-control", "max-age=5"))
WANTS = GatewayRequest(method="GET", path="/parks", headers=(("accept", "text/event-stream"),))


@pytest.mark.parametrize(
    ("parts", "read", "received", "said"),
    [
        ((b"a", b"bc"), 9, 3, None),
        ((b"a", CallFailed()), 9, 1, "gateway.backend_unreachable"),
        ((b"a", CallFailed(too_large=True)), 9, 1, "gateway.answer_too_large"),
        ((b"a", b"bc", b"d"), 1, 1, "gateway.reader_gone"),
    ],
)
async def test_a_stream_passes_and_its_line_is_written_at_its_end(
    parts: tuple[bytes | CallFailed, ...], read: int, received: int, said: str | None
) -> None:
    bench = Bench()
    ports = Ports(quotas=bench, breakers=bench, signer=bench, backend=bench, audit=bench)
    bench.answer = Answer(status=200, headers=EVENTS, stream=_parts(*parts))
    outcome = await run(WANTS, b"", APP, None, frozenset(), ports, streams=True)
    assert isinstance(outcome, Answer)
    assert outcome.stream is not None
    assert dict(outcome.headers)["cache-control"] == "no-store"
    assert bench.lines == []
    with suppress(CallFailed):
        for _ in range(read):
            await anext(outcome.stream, None)
    await outcome.stream.aclose()  # type: ignore[attr-defined]  # a generator
    assert [(line.status, line.received, line.code) for line in bench.lines] == [(200, received, said)]


async def test_a_stream_of_another_type_is_refused_and_closed() -> None:
    bench = Bench()
    ports = Ports(quotas=bench, breakers=bench, signer=bench, backend=bench, audit=bench)
    stream = _parts(b"<script>")
    bench.answer = Answer(status=200, headers=(("content-type", "text/html"),), stream=stream)
    assert code(await run(WANTS, b"", APP, None, frozenset(), ports, streams=True)) == "gateway.answer_type_refused"
    assert await anext(stream, None) is None


async def test_a_busy_app_is_told_apart_and_trips_no_breaker() -> None:
    bench = Bench()
    bench.answer = CallFailed(busy=True)
    assert [code(await bench.send()) for _ in range(6)] == ["gateway.busy"] * 6


async def test_each_route_has_a_breaker_of_its_own() -> None:
    bench = Bench()
    app = replace(APP, public=Routes.public(["GET /parks", "GET /parks/{id}"]))
    ports = Ports(quotas=bench, breakers=bench, signer=bench, backend=bench, audit=bench)
    bench.answer = CallFailed()
    for number in range(5):
        await run(GatewayRequest(method="GET", path=f"/parks/{number}"), b"", app, None, frozenset(), ports)
    broken = await run(GatewayRequest(method="GET", path="/parks/9"), b"", app, None, frozenset(), ports)
    assert code(broken) == "gateway.backend_interrupted"
    bench.answer = Answer(status=200, headers=JSON_HEAD, body=b"{}")
    assert code(await run(GatewayRequest(method="GET", path="/parks"), b"", app, None, frozenset(), ports)) == "passed"
