"""The gateway's decision: the order of its steps, what a backend is told, breaker, quota and answers, and a whole passage."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanoismart import clock, tokens
from hanoismart.gateway import (
    CLOSED,
    Answer,
    AppState,
    AppStatus,
    Breaker,
    BreakerPolicy,
    Caller,
    CallFailed,
    Forward,
    GatewayRequest,
    Passage,
    Ports,
    Position,
    QuotaPolicy,
    Refusal,
    ResponsePolicy,
    Routes,
    Verdict,
    Window,
    app_state,
    decide,
    declared_too_large,
    judge,
    run,
    unpack,
)
from hanoismart.gateway.contract import ApiContract
from hanoismart.manifest import parse
from hanoismart.manifest.example import EXAMPLE
from hanoismart.text import Text
from hanoismart.tokens import Grant

NOW = datetime(2026, 2, 10, 8, 30, 0, 250_000, tzinfo=UTC)
APP = AppState(
    app_id="vn.hanoi.parking",
    issuer="https://hanoismart.example",
    status=AppStatus.PUBLISHED,
    version_code=12,
    epoch=3,
    scopes=frozenset({"profile.name", "profile.level"}),
    required_scopes=frozenset({"profile.level"}),
    public=Routes.public(["GET /parks"]),
)
LAN = Caller(
    audience="vn.hanoi.parking", subject="k1.lan", acr="urn:hanoi:loa:2", scopes=frozenset({"profile.name", "profile.level"}), epoch=3
)
YES = frozenset({"profile.name", "profile.level"})
ASK = GatewayRequest(method="POST", path="/sessions", headers=(("content-type", "application/json"),), body_size=10)


def code(outcome: Forward | Refusal | Answer) -> str:
    return outcome.code if isinstance(outcome, Refusal) else "passed"


def full(key: str, policy: QuotaPolicy) -> Verdict:
    return Verdict(policy, allowed=False, remaining=0, reset=7)


# Each row is broken in its own step and in every later one: the earlier step must speak.
STEPS: list[tuple[str, GatewayRequest, AppState, Caller | None, frozenset[str]]] = []
_request, _app, _caller, _consent = replace(ASK, body_size=2**30, method="TRACE"), replace(APP, routes=Routes()), LAN, YES
STEPS.append(("gateway.too_many", _request, _app, _caller, _consent))
STEPS.append(("gateway.consent_required", _request, _app, _caller, _consent := frozenset()))
STEPS.append(("gateway.assurance_required", _request, _app := replace(_app, min_acr="urn:hanoi:loa:3"), _caller, _consent))
STEPS.append(("gateway.no_backend", _request, _app := replace(_app, has_backend=False), _caller, _consent))
STEPS.append(("gateway.version_revoked", _request, _app := replace(_app, version_revoked=True), _caller, _consent))
STEPS.append(("gateway.app_unknown", _request, replace(_app, status=AppStatus.DRAFT), _caller, _consent))
STEPS.append(("gateway.app_suspended", _request, _app := replace(_app, status=AppStatus.SUSPENDED), _caller, _consent))
STEPS.append(("gateway.token_outdated", _request, _app, replace(LAN, epoch=2), _consent))
STEPS.append(("gateway.wrong_audience", _request, _app, replace(LAN, epoch=2, audience="vn.hanoi.bus"), _consent))
STEPS.append(("gateway.token_required", _request, _app, None, _consent))
STEPS.append(("gateway.path_invalid", replace(_request, path="/a/../b"), _app, None, _consent))


@pytest.mark.parametrize(("expected", "request_", "app", "caller", "consented"), STEPS)
def test_the_steps_speak_in_their_order(
    expected: str, request_: GatewayRequest, app: AppState, caller: Caller | None, consented: frozenset[str]
) -> None:
    outcome = decide(request_, app, caller, consented, NOW, quota=full)
    assert code(outcome) == expected
    assert isinstance(outcome, Refusal)
    assert outcome.title.vi != outcome.title.en


@pytest.mark.parametrize(
    ("expected", "request_", "app"),
    [
        ("gateway.method_refused", replace(ASK, method="TRACE"), APP),
        ("gateway.route_unknown", ASK, replace(APP, routes=Routes.of_openapi({"paths": {"/other": {"post": {}}}}))),
        ("gateway.body_too_large", replace(ASK, body_size=2**21), APP),
        ("gateway.header_invalid", replace(ASK, headers=(("x", "a\nb"),)), APP),
        ("gateway.path_invalid", replace(ASK, query="a b"), APP),
    ],
)
def test_the_later_steps(expected: str, request_: GatewayRequest, app: AppState) -> None:
    assert code(decide(request_, app, LAN, YES, NOW)) == expected


def test_a_backend_learns_only_what_was_asked_and_agreed() -> None:
    forward = decide(ASK, APP, LAN, frozenset({"profile.level", "phone"}), NOW)
    assert isinstance(forward, Forward)
    assert forward.grant.scopes == {"profile.level"}
    assert forward.grant.subject == "k1.lan"
    assert forward.grant.expires_at - forward.grant.issued_at == timedelta(seconds=60)
    assert forward.grant.roles == frozenset()
    acting = decide(ASK, APP, replace(LAN, act_for="org-7", roles=frozenset({"clerk"})), YES, NOW)
    assert isinstance(acting, Forward)
    assert (acting.grant.act_for, acting.grant.roles) == ("org-7", frozenset({"clerk"}))


def test_a_public_route_needs_nobody_and_names_nobody() -> None:
    look = GatewayRequest(method="GET", path="/parks", origin="net-1")
    for caller in (None, LAN, replace(LAN, audience="vn.hanoi.bus")):
        forward = decide(look, APP, caller, frozenset(), NOW)
        assert isinstance(forward, Forward)
        assert forward.public
        assert (forward.grant.subject, forward.grant.scopes, forward.grant.acr) == (None, frozenset(), "urn:hanoi:loa:0")
    keys: list[str] = []

    def note(key: str, policy: QuotaPolicy) -> Verdict:
        keys.append(key)
        return Verdict(policy, allowed=True, remaining=5, reset=9)

    decide(look, APP, LAN, YES, NOW, quota=note)
    assert keys == ["vn.hanoi.parking|origin|net-1", "vn.hanoi.parking|app"]


def test_a_suspended_app_serves_no_public_route_either() -> None:
    look = GatewayRequest(method="GET", path="/parks")
    assert code(decide(look, replace(APP, status=AppStatus.SUSPENDED), None, YES, NOW)) == "gateway.app_suspended"


def test_the_challenge_names_the_level() -> None:
    refusal = decide(ASK, replace(APP, min_acr="urn:hanoi:loa:2"), replace(LAN, acr="urn:hanoi:loa:0"), YES, NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.headers["WWW-Authenticate"] == 'DPoP error="insufficient_user_authentication", acr_values="urn:hanoi:loa:2"'


def test_the_state_of_a_manifest() -> None:
    state = app_state(parse(EXAMPLE), issuer="https://hanoismart.example", status=AppStatus.PUBLISHED, epoch=4)
    assert (state.min_acr, state.timeout, state.epoch) == ("urn:hanoi:loa:0", 3.0, 4)
    assert state.scopes == {"profile.name"}
    assert state.required_scopes == frozenset()
    assert state.public.match("GET", "/parks/7")


@given(st.lists(st.integers(0, 20), max_size=200))
def test_a_moving_window_never_lets_much_too_much_pass(gaps: list[int]) -> None:
    policy, window, at, passed = QuotaPolicy("p", 10, 60), Window(), NOW, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        window, verdict = window.take(policy, at)
        assert 0 <= verdict.remaining < policy.limit
        assert 1 <= verdict.reset <= 2 * policy.seconds
        if verdict.allowed:
            passed.append(at)
        assert sum(one > at - timedelta(seconds=60) for one in passed) <= 2 * policy.limit


def test_a_full_window_says_when_there_is_room() -> None:
    policy, window, start = QuotaPolicy("person", 3, 60), Window(), datetime(2026, 2, 10, 8, 30, tzinfo=UTC)
    for _ in range(3):
        window, verdict = window.take(policy, start)
        assert verdict.allowed
    _, refused = window.take(policy, start)
    assert not refused.allowed
    assert refused.headers()["Retry-After"] == str(refused.reset)
    assert refused.headers()["RateLimit-Policy"] == '"person";q=3;w=60'
    later = start + timedelta(seconds=60)
    window, refused = window.take(policy, later)
    assert not refused.allowed
    _, verdict = window.take(policy, later + timedelta(seconds=refused.reset))
    assert verdict.allowed


def test_a_breaker_opens_rests_probes_and_closes() -> None:
    policy, breaker, at = BreakerPolicy(), CLOSED, NOW
    for _ in range(5):
        assert breaker.ask(at)[1]
        breaker = breaker.on_result(ok=False, now=at)
    assert breaker.position is Position.OPEN
    assert not breaker.ask(at + timedelta(seconds=9))[1]
    assert breaker.retry_in(at) == 10
    probing, may_call = breaker.ask(at + timedelta(seconds=10))
    assert may_call
    assert not probing.ask(at + timedelta(seconds=11))[1]
    again = probing.on_result(ok=False, now=at + timedelta(seconds=12))
    assert again.retry_in(at + timedelta(seconds=12)) == 20
    probing, _ = again.ask(at + timedelta(seconds=32))
    assert probing.on_result(ok=True, now=at + timedelta(seconds=33)) == CLOSED
    assert Breaker(Position.OPEN, 9, 30, at).retry_in(at) == policy.longest.total_seconds()


def test_scattered_failures_do_not_open_it() -> None:
    breaker, at = CLOSED, NOW
    for _ in range(20):
        at += timedelta(seconds=61)
        breaker = breaker.on_result(ok=False, now=at)
    assert breaker.position is Position.CLOSED
    assert breaker.on_result(ok=True, now=at) == CLOSED


@given(
    st.builds(
        Breaker,
        st.sampled_from(Position),
        st.integers(0, 99),
        st.integers(0, 99),
        st.none() | st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    )
)
def test_a_kept_breaker_comes_back(breaker: Breaker) -> None:
    back = unpack(breaker.pack())
    assert (back.position, back.failures, back.trips) == (breaker.position, breaker.failures, breaker.trips)
    assert (back.since is None) == (breaker.since is None)


@pytest.mark.parametrize("text", [None, "", "open", "ajar|1|1|0", "open|x|1|0", "open|1|1|soon", "open|1|1|1e400", "open|1|1|0|0"])
def test_lost_or_broken_state_is_a_closed_breaker(text: str | None) -> None:
    assert unpack(text) == CLOSED


JSON_HEAD = (("content-type", "application/json; charset=utf-8"),)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=200, headers=JSON_HEAD, body=b"{}"), "passed"),
        (Answer(status=204, headers=()), "passed"),
        (Answer(status=404, headers=(("content-type", "application/problem+json"),), body=b"{}"), "passed"),
        (Answer(status=200, headers=(("content-type", "text/html"),), body=b"<script>"), "gateway.answer_type_refused"),
        (Answer(status=200, headers=(("content-type", "image/svg+xml"),), body=b"<svg/>"), "gateway.answer_type_refused"),
        (Answer(status=200, headers=(), body=b"?"), "gateway.answer_type_refused"),
        (Answer(status=200, headers=JSON_HEAD, body=b"x" * 101), "gateway.answer_too_large"),
        (Answer(status=101, headers=()), "gateway.answer_invalid"),
        (Answer(status=200, headers=(("x", "a\nb"),)), "gateway.answer_invalid"),
    ],
)
def test_answers_are_judged(answer: Answer, expected: str) -> None:
    assert code(judge(answer, ResponsePolicy(max_bytes=100))) == expected


@pytest.mark.parametrize(("length", "too_large"), [("99", False), ("101", True), ("9" * 5000, True), ("x", False), ("-1", False)])
def test_a_declared_length_is_enough_to_stop(length: str, too_large: bool) -> None:
    assert declared_too_large((("Content-Length", length),), ResponsePolicy(max_bytes=100)) is too_large


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
