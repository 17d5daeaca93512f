"""The whole passage of one call, from admission to audit, over whatever ports a host binds to it."""

from dataclasses import replace
from datetime import datetime
from time import perf_counter

from hanoismart import clock
from hanoismart.gateway import refusals, response
from hanoismart.gateway.pipeline import admit, prepare
from hanoismart.gateway.policy import AppState, Caller
from hanoismart.gateway.ports import CallFailed, Passage, Ports
from hanoismart.gateway.request import Answer, Forward, GatewayRequest, Refusal


async def run(
    request: GatewayRequest, body: bytes, app: AppState, caller: Caller | None, consented: frozenset[str], ports: Ports
) -> Answer | Refusal:
    """The answer for the page. Every outcome, a refusal too, becomes one audit line; what the ports raise besides CallFailed passes on."""
    started, now = perf_counter(), clock.now()
    outcome = await _passage(replace(request, body_size=len(body)), body, app, caller, consented, ports, now)
    refused = isinstance(outcome, Refusal)
    ports.audit.record(
        request,
        Passage(
            app_id=app.app_id,
            version_code=app.version_code,
            method=request.method,
            status=outcome.status,
            code=outcome.code if isinstance(outcome, Refusal) else None,
            milliseconds=round((perf_counter() - started) * 1000),
            sent=0 if refused else len(body),
            received=0 if isinstance(outcome, Refusal) else len(outcome.body),
            at=now,
        ),
    )
    return outcome


async def _passage(
    request: GatewayRequest,
    body: bytes,
    app: AppState,
    caller: Caller | None,
    consented: frozenset[str],
    ports: Ports,
    now: datetime,
) -> Answer | Refusal:
    admitted = admit(request, app, caller, consented)
    if isinstance(admitted, Refusal):
        return admitted
    verdicts = await ports.quotas.take(admitted.quotas, now)
    forward = prepare(request, app, admitted, verdicts, now)
    if isinstance(forward, Refusal):
        return forward
    return await _guarded(forward, body, app, ports, now)


async def _guarded(forward: Forward, body: bytes, app: AppState, ports: Ports, now: datetime) -> Answer | Refusal:
    key = f"{app.app_id}|{app.version_code}"
    before = await ports.breakers.load(key)
    asked, may_call = before.ask(now)
    if asked != before:
        await ports.breakers.store(key, asked)
    if not may_call:
        return refusals.interrupted(before.retry_in(now))
    outcome, ok = await _call(forward, body, ports)
    after = asked.on_result(ok=ok, now=clock.now())
    if after != asked:
        await ports.breakers.store(key, after)
    return outcome


async def _call(forward: Forward, body: bytes, ports: Ports) -> tuple[Answer | Refusal, bool]:
    try:
        answer = await ports.backend.call(forward, await ports.signer.assertion(forward.grant), body, response.DEFAULT)
    except CallFailed as failure:
        if failure.too_large:
            return refusals.ANSWER_TOO_LARGE, True
        return (refusals.BACKEND_TIMEOUT if failure.timed_out else refusals.BACKEND_UNREACHABLE), False
    judged = response.judge(answer)
    if isinstance(judged, Answer):
        judged = replace(judged, headers=(*judged.headers, *((name.lower(), value) for name, value in forward.answer_headers.items())))
    return judged, answer.status < 500
