"""The gateway's decision: the order of its steps, what a backend is told, breaker, quota and answers, and a whole passage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from gateway_world import APP, ASK, LAN, NOW, YES, code
from hypothesis import given
from hypothesis import strategies as st

from hanoismart.gateway import (
    CLOSED,
    Answer,
    AppState,
    AppStatus,
    Breaker,
    BreakerPolicy,
    Caller,
    Forward,
    GatewayRequest,
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
    unpack,
)
from hanoismart.manifest import parse
from hanoismart.manifest.example import EXAMPLE


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
