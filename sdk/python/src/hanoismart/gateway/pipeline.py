"""The gateway's decision in the order the house promises, without any input or output, so that `hs dev` runs the real code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hanoismart import assurance
from hanoismart.gateway import headers, paths, refusals
from hanoismart.gateway.policy import AppState, AppStatus, Caller
from hanoismart.gateway.quota import QuotaPolicy, Verdict, tightest
from hanoismart.gateway.request import Forward, GatewayRequest, Refusal
from hanoismart.ids import new_hex
from hanoismart.scopes import intersect
from hanoismart.tokens import ASSERTION_SECONDS, Grant

_LIFE: Final = timedelta(seconds=ASSERTION_SECONDS)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A call that may pass if the quota allows: who calls, and which quotas it spends."""

    path: str
    query: str
    public: bool
    caller: Caller | None
    scopes: frozenset[str]
    quotas: tuple[tuple[str, QuotaPolicy], ...]
    route: str = ""


def decide(
    request: GatewayRequest,
    app: AppState,
    caller: Caller | None,
    consented: frozenset[str],
    now: datetime,
    *,
    quota: Callable[[str, QuotaPolicy], Verdict] | None = None,
    body: bytes = b"",
) -> Forward | Refusal:
    """What to send on, or why not: audience, state, public route or person, assurance, consent, quota, route, body, headers.

    `consented` is what the person agrees to now. `quota(key, policy)` spends one call; leave it out where nothing is counted.
    `body` is held against the app's contract, where it has one.
    """
    admitted = admit(request, app, caller, consented)
    if isinstance(admitted, Refusal):
        return admitted
    verdicts = tuple(quota(key, policy) for key, policy in admitted.quotas) if quota else ()
    return prepare(request, app, admitted, verdicts, now, body)


def admit(request: GatewayRequest, app: AppState, caller: Caller | None, consented: frozenset[str]) -> Admitted | Refusal:
    """The steps before the quota."""
    try:
        path, query = paths.normalise(request.path), paths.check_query(request.query)
    except paths.PathRefused:
        return refusals.PATH_INVALID
    open_route = app.public.find(request.method, path)
    public = open_route is not None
    if not public and (refusal := _wrong_token(app, caller)):
        return refusal
    if refusal := _not_served(app):
        return refusal
    if public or caller is None:
        quotas = ((f"{app.app_id}|origin|{request.origin}", app.per_origin), (f"{app.app_id}|app", app.per_app))
        route = "" if open_route is None else app.public.label(open_route)
        return Admitted(path=path, query=query, public=True, caller=None, scopes=frozenset(), quotas=quotas, route=route)
    return _person(app, caller, consented) or Admitted(
        path=path,
        query=query,
        public=False,
        caller=caller,
        scopes=intersect(caller.scopes, app.scopes, consented),
        quotas=((f"{app.app_id}|person|{caller.subject}", app.per_person), (f"{app.app_id}|app", app.per_app)),
    )


def prepare(
    request: GatewayRequest, app: AppState, admitted: Admitted, verdicts: tuple[Verdict, ...], now: datetime, body: bytes = b""
) -> Forward | Refusal:
    """The steps from the quota on; `verdicts` are the quotas' answers, `body` what the contract is asked about."""
    told: Mapping[str, str] = {}
    if verdicts:
        verdict = tightest(verdicts)
        told = verdict.headers()
        if not verdict.allowed:
            return refusals.too_many(told)
    if request.method not in METHODS:
        return refusals.METHOD_REFUSED
    if request.body_size is not None and request.body_size > app.max_body:
        return refusals.BODY_TOO_LARGE
    route = _fitting(request, app, admitted, body)
    if isinstance(route, Refusal):
        return route
    try:
        kept = headers.to_backend(request.headers, host=request.host, scheme=request.scheme)
    except headers.HeaderRefused:
        return refusals.HEADER_INVALID
    return Forward(
        route=route,
        method=request.method,
        path=admitted.path,
        query=admitted.query,
        headers=kept,
        grant=_grant(app, admitted, now),
        timeout=app.timeout,
        max_body=app.max_body,
        public=admitted.public,
        answer_headers=told,
    )


def _fitting(request: GatewayRequest, app: AppState, admitted: Admitted, body: bytes) -> str | Refusal:
    """The label of the route, if the app has it and the call fits what the app says of it; a public route may be left undescribed."""
    if app.contract is None:
        if app.routes is None or admitted.public:
            return admitted.route or request.method
        found = app.routes.find(request.method, admitted.path)
        return refusals.ROUTE_UNKNOWN if found is None else app.routes.label(found)
    operation = app.contract.find(request.method, admitted.path)
    if operation is None:
        return admitted.route if admitted.public else refusals.ROUTE_UNKNOWN
    wrong = operation.check(admitted.path, admitted.query, request.headers, body)
    return operation.label if wrong is None else refusals.request_invalid(wrong)


def _wrong_token(app: AppState, caller: Caller | None) -> Refusal | None:
    if caller is None:
        return refusals.TOKEN_REQUIRED
    if caller.audience != app.app_id:
        return refusals.WRONG_AUDIENCE
    return refusals.TOKEN_OUTDATED if caller.epoch < app.epoch else None


def _not_served(app: AppState) -> Refusal | None:
    if app.status in {AppStatus.SUSPENDED, AppStatus.TERMINATED}:
        return refusals.suspended(app.reason)
    if app.status is not AppStatus.PUBLISHED:
        return refusals.APP_UNKNOWN
    if app.stopped is not None:
        return refusals.stopped(app.stopped)
    if app.version_revoked:
        return refusals.VERSION_REVOKED
    return None if app.has_backend else refusals.NO_BACKEND


def _person(app: AppState, caller: Caller, consented: frozenset[str]) -> Refusal | None:
    if not assurance.meets(caller.acr, app.min_acr):
        return refusals.assurance_required(app.min_acr)
    missing = app.required_scopes - consented
    return refusals.consent_required(missing) if missing else None


def _grant(app: AppState, admitted: Admitted, now: datetime) -> Grant:
    issued = now.replace(microsecond=0)
    caller = admitted.caller
    return Grant(
        issuer=app.issuer,
        app_id=app.app_id,
        subject=caller.subject if caller else None,
        acr=caller.acr if caller else assurance.BASIC,
        scopes=admitted.scopes,
        act_for=caller.act_for if caller else None,
        roles=caller.roles if caller and caller.act_for else frozenset(),
        jti=new_hex(),
        issued_at=issued,
        expires_at=issued + _LIFE,
    )
