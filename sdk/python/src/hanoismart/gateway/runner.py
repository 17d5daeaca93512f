"""The whole passage of one call, from admission to audit, over whatever ports a host binds to it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from time import perf_counter
from typing import Final

from hanoismart import clock
from hanoismart.gateway import refusals, response
from hanoismart.gateway.headers import value_of
from hanoismart.gateway.pipeline import admit, prepare
from hanoismart.gateway.policy import COLLECTED, AppState, Caller
from hanoismart.gateway.ports import CallFailed, Passage, Ports
from hanoismart.gateway.request import Answer, Forward, GatewayRequest, Refusal

KEPT_BYTES: Final = 256 * 1024
"""No larger answer is kept to stand in for a failing backend."""
_FAILED: Final = frozenset({500, 502, 503, 504})  # RFC 5861, section 4


async def run(
    request: GatewayRequest,
    body: bytes,
    app: AppState,
    caller: Caller | None,
    consented: frozenset[str],
    ports: Ports,
    *,
    streams: bool = False,
) -> Answer | Refusal:
    """The answer for the page. Every outcome, a refusal too, becomes one audit line; what the ports raise besides CallFailed passes on.

    With `streams` an answer may come as one (Answer.stream): its line is written when it ends, with the bytes that passed.
    """
    started, now = perf_counter(), clock.now()
    if request.body_size != len(body):
        request = replace(request, body_size=len(body))
    outcome = await _passage(request, body, app, caller, consented, ports, now, streams=streams)

    def note(received: int, code: str | None) -> None:
        sent = 0 if isinstance(outcome, Refusal) else len(body)
        milliseconds = round((perf_counter() - started) * 1000)
        ports.audit.record(
            request,
            Passage(
                app_id=app.app_id,
                version_code=app.version_code,
                method=request.method,
                status=outcome.status,
                code=code,
                milliseconds=milliseconds,
                sent=sent,
                received=received,
                at=now,
            ),
        )

    if isinstance(outcome, Refusal):
        note(0, outcome.code)
    elif outcome.stream is None:
        note(len(outcome.body), None)
    else:
        return replace(outcome, stream=_noted(outcome.stream, note))
    return outcome


async def _noted(stream: AsyncIterator[bytes], note: Callable[[int, str | None], None]) -> AsyncIterator[bytes]:
    """The same bytes; how many passed and how it ended is noted once."""
    received, code = 0, "gateway.reader_gone"
    try:
        async for part in stream:
            received += len(part)
            yield part
        code = ""
    except CallFailed as failure:
        code = _failed(failure).code
        raise
    finally:
        note(received, code or None)
        await stream.aclose()  # type: ignore[attr-defined]  # a generator, as the port promises


async def _passage(
    request: GatewayRequest,
    body: bytes,
    app: AppState,
    caller: Caller | None,
    consented: frozenset[str],
    ports: Ports,
    now: datetime,
    *,
    streams: bool,
) -> Answer | Refusal:
    admitted = admit(request, app, caller, consented)
    if isinstance(admitted, Refusal):
        return admitted
    verdicts = await ports.quotas.take(admitted.quotas, now)
    forward = prepare(request, app, admitted, verdicts, now, body)
    if isinstance(forward, Refusal):
        return forward
    policy = _policy(forward, app) if streams else response.DEFAULT
    seconds = _stale_seconds(app, forward) if app.stale else 0
    outcome = await _guarded(forward, body, app, ports, now, policy)
    if seconds:
        outcome = await _standing_in(outcome, forward, app, ports, seconds)
    if isinstance(outcome, Answer) and forward.answer_headers:
        told = tuple((name.lower(), value) for name, value in forward.answer_headers.items())
        return Answer(status=outcome.status, headers=outcome.headers + told, body=outcome.body, stream=outcome.stream)
    return outcome


def _policy(forward: Forward, app: AppState) -> response.ResponsePolicy:
    """Answers come as streams only where the page asks for events, or where the app has announced answers too large to collect."""
    if app.max_answer <= COLLECTED and response.EVENT_STREAM not in (value_of(forward.headers, "accept") or ""):
        return response.DEFAULT
    return response.ResponsePolicy(streams=True, stream_bytes=app.max_answer)


async def _guarded(
    forward: Forward, body: bytes, app: AppState, ports: Ports, now: datetime, policy: response.ResponsePolicy
) -> Answer | Refusal:
    key = f"{app.app_id}|{app.version_code}|{forward.route}"
    before = await ports.breakers.load(key)
    asked, may_call = before.ask(now)
    if asked is not before and asked != before:
        await ports.breakers.store(key, asked)
    if not may_call:
        return refusals.interrupted(before.retry_in(now))
    outcome, ok = await _call(forward, body, ports, policy)
    if ok is None:
        return outcome
    after = asked.on_result(ok=ok, now=clock.now())
    if after is not asked and after != asked:
        await ports.breakers.store(key, after)
    return outcome


async def _call(forward: Forward, body: bytes, ports: Ports, policy: response.ResponsePolicy) -> tuple[Answer | Refusal, bool | None]:
    """The outcome, and whether the backend is well; None where it was not asked."""
    try:
        answer = await ports.backend.call(forward, await ports.signer.assertion(forward.grant), body, policy)
    except CallFailed as failure:
        return _failed(failure), None if failure.busy else failure.too_large
    judged = response.judge(answer, policy)
    if isinstance(judged, Refusal) and answer.stream is not None:
        await answer.stream.aclose()  # type: ignore[attr-defined]  # a generator, as the port promises
    return judged, answer.status < 500


def _failed(failure: CallFailed) -> Refusal:
    if failure.busy:
        return refusals.BUSY
    if failure.too_large:
        return refusals.ANSWER_TOO_LARGE
    return refusals.BACKEND_TIMEOUT if failure.timed_out else refusals.BACKEND_UNREACHABLE


def _stale_seconds(app: AppState, forward: Forward) -> int:
    if forward.method != "GET":
        return 0
    segments = tuple(forward.path[1:].split("/"))
    return next((seconds for route, seconds in app.stale if route.matches("GET", segments)), 0)


async def _standing_in(outcome: Answer | Refusal, forward: Forward, app: AppState, ports: Ports, seconds: int) -> Answer | Refusal:
    """A good answer is kept; a failing backend is stood in for by the last one this caller got."""
    key = _stale_key(forward, app)
    if isinstance(outcome, Answer) and outcome.status == 200:
        if outcome.storable and outcome.stream is None and len(outcome.body) <= KEPT_BYTES:
            await ports.stale.keep(key, outcome, seconds)
        return outcome
    if outcome.status not in _FAILED:
        return outcome
    held = await ports.stale.find(key)
    if held is None or held[1] > seconds:
        return outcome
    answer, age = held
    return replace(answer, headers=(*answer.headers, ("age", str(age)), ("hs-stale", "1")))


def _stale_key(forward: Forward, app: AppState) -> str:
    """One key per route and caller: what one person was told is never told to another."""
    grant = forward.grant
    asked = [value_of(forward.headers, name) or "" for name in ("accept", "accept-language")]
    whose = [grant.subject or "", grant.acr, ",".join(sorted(grant.scopes)), grant.act_for or "", ",".join(sorted(grant.roles))]
    text = "\x1f".join([app.app_id, str(app.version_code), forward.path, forward.query, *asked, *whose])
    return sha256(text.encode()).hexdigest()
