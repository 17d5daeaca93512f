"""The gateway as pages meet it: real tokens, suspension and withdrawal within seconds, both placements, and Redis gone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from hanoismart import clock, tokens
from hanoismart.gateway import Verdict
from hanoismart.text import Text
from identity.api import consent
from kernel.cache import Cache
from kernel.http import address
from kernel.outbound import GuardedTransport
from kernel.settings import Settings
from plugins.gateway.models import PassageRow
from plugins.gateway.quotas import Quotas, SharedQuotas
from plugins.registry import lifecycle
from plugins.registry.placement import Http
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.sockets import listening

NAME = {"scope": "profile.name", "optional": True, "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}}


@pytest_asyncio.fixture
async def opened(hub: SmallHub) -> AsyncIterator[dict[str, str]]:
    """The headers of a page whose app was opened by a person who agreed to everything."""
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[NAME]))
    await hub.signed_in()
    await hub.agree()
    yield {"Authorization": f"Bearer {(await hub.opened())['access_token']}"}


async def claims_of(hub: SmallHub, echo: Echo) -> tokens.Grant:
    keys = tokens.public_keys((await hub.client.get("/.well-known/hanoismart/miniapp-keys.json")).json())
    return tokens.verify_assertion(
        echo.calls[-1]["headers"]["hs-assertion"], keys=keys, app_id=APP, now=clock.now(), issuer="http://localhost:8000"
    )


async def test_a_call_reaches_the_backend_with_a_signed_word_about_the_person(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    forged = {**opened, "HS-Assertion": "forged", "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "Idempotency-Key": "k1"}
    answer = await hub.client.post(f"/v1/gw/{APP}/sessions/b%C3%A3i?x=1%202", headers=forged, json={"plate": "29A12345"})
    assert answer.status_code == 200, answer.text
    seen = echo.calls[-1]
    assert (seen["method"], seen["path"], seen["query"], seen["body"]) == ("POST", "/sessions/bãi", "x=1%202", '{"plate":"29A12345"}')
    assert not {"authorization", "cookie", "x-forwarded-for"} & seen["headers"].keys()
    assert seen["headers"]["forwarded"].startswith("for=_hidden;")
    assert seen["headers"]["idempotency-key"] == "k1"
    grant = await claims_of(hub, echo)
    assert (grant.scopes, grant.acr) == (frozenset({"profile.name"}), "urn:hanoi:loa:2")
    assert grant.subject is not None
    assert answer.headers["ratelimit-policy"] == '"person";q=120;w=60'
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


async def test_the_assertion_is_signed_once_per_caller(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    for _ in range(3):
        await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)
    assert len({call["headers"]["hs-assertion"] for call in echo.calls}) == 1


async def test_a_public_route_needs_nobody(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    for headers in ({}, opened, {"Authorization": "Bearer nonsense"}):
        assert (await hub.client.get(f"/v1/gw/{APP}/parks/7", headers=headers)).status_code == 200
        assert (await claims_of(hub, echo)).subject is None


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        (f"{APP}/sessions", "access.sign_in_required|gateway.token_required", 401),
        ("vn.hanoi.nothing/x", "gateway.app_unknown", 404),
        (f"{APP}/a/..%2fb", "gateway.path_invalid", 400),
        (f"{APP}//evil.example/", "gateway.path_invalid", 400),
    ],
)
async def test_refusals_before_anything_leaves(
    hub: SmallHub, echo: Echo, opened: dict[str, str], path: str, code: str, status: int
) -> None:
    refused = await hub.client.get(f"/v1/gw/{path}")
    assert refused.status_code == status
    assert refused.json()["code"] in code.split("|")
    assert echo.calls == []


async def test_another_apps_token_is_refused(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[]) | {"app_id": "vn.hanoi.bus"})
    refused = await hub.client.get("/v1/gw/vn.hanoi.bus/sessions", headers=opened)
    assert (refused.status_code, refused.json()["code"]) == (401, "access.token_refused")
    assert echo.calls == []


async def test_suspension_and_epoch_kill_tokens(hub: SmallHub, opened: dict[str, str]) -> None:
    async with hub.database.transaction() as session:
        await lifecycle.suspend(session, APP, reason=Text(vi="Lỗi", en="Broken"), actor="staff:test")
    hub.gateway.forget()
    assert (await hub.client.get(f"/v1/gw/{APP}/parks")).json()["code"] == "gateway.app_suspended"
    assert (await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)).json()["code"] == "gateway.token_outdated"
    async with hub.database.transaction() as session:
        await lifecycle.publish(session, APP, actor="staff:test")
    hub.gateway.forget()
    assert (await hub.client.get(f"/v1/gw/{APP}/parks")).status_code == 200
    assert (await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)).json()["code"] == "gateway.token_outdated"


async def test_a_withdrawn_consent_counts_within_five_seconds(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)
    assert (await claims_of(hub, echo)).scopes == {"profile.name"}
    caller = hub.chosen.caller
    assert caller is not None
    async with hub.database.transaction() as session:
        await consent.withdraw(session, caller.person, APP)
    deadline = asyncio.get_running_loop().time() + 5
    while (await claims_of(hub, echo)).scopes:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.25)
        await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)


async def test_a_required_scope_that_is_withdrawn_closes_the_gate(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[{**NAME, "optional": False}]))
    person = await hub.signed_in()
    await hub.agree()
    headers = {"Authorization": f"Bearer {(await hub.opened())['access_token']}"}
    async with hub.database.transaction() as session:
        await consent.withdraw(session, person, APP)
    hub.gateway.forget()
    refused = await hub.client.get(f"/v1/gw/{APP}/sessions", headers=headers)
    # The withdrawal ended the token itself; whoever opens the app again is told what it needs.
    assert (refused.status_code, refused.json()["code"]) == (401, "access.token_refused")
    again = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})
    assert (again.status_code, again.json()["code"]) == (409, "miniapps.consent_required")


async def test_a_crashing_backend_trips_the_breaker_and_others_stay_up(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    echo.crash = True
    codes = [(await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)).json()["code"] for _ in range(6)]
    assert codes == ["gateway.backend_unreachable"] * 5 + ["gateway.backend_interrupted"]
    other = Echo()
    hub.backends.apps["vn.hanoi.bus"] = other
    async with hub.database.transaction() as session:
        await installed(session, manifest() | {"app_id": "vn.hanoi.bus"})
    assert (await hub.client.get("/v1/gw/vn.hanoi.bus/parks")).status_code == 200


async def test_a_backend_cannot_touch_the_host(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    echo.headers = [(b"content-type", b"application/json"), (b"set-cookie", b"sid=1"), (b"access-control-allow-origin", b"*")]
    answer = await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)
    assert not {"set-cookie", "access-control-allow-origin"} & set(answer.headers)
    echo.headers = [(b"content-type", b"text/html")]
    assert (await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)).json()["code"] == "gateway.answer_type_refused"
    echo.headers, echo.body = [(b"content-type", b"application/json")], b"x" * (4 * 1024 * 1024 + 1)
    assert (await hub.client.get(f"/v1/gw/{APP}/sessions", headers=opened)).json()["code"] == "gateway.answer_too_large"


async def test_pages_on_their_own_origin_are_let_in_and_others_are_not(hub: SmallHub, opened: dict[str, str]) -> None:
    asked = {"Origin": "http://p4rk.apps.localhost:8000", "Access-Control-Request-Headers": "authorization"}
    allowed = await hub.client.options(f"/v1/gw/{APP}/sessions", headers=asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, asked["Origin"])
    for origin in ("https://evil.example", "http://apps.localhost.evil.example", "http://a.b.apps.localhost"):
        answer = await hub.client.get(f"/v1/gw/{APP}/sessions", headers={**opened, "Origin": origin})
        assert "access-control-allow-origin" not in answer.headers


async def test_passages_are_written_in_batches_without_a_person(hub: SmallHub, opened: dict[str, str]) -> None:
    await hub.client.get(f"/v1/gw/{APP}/sessions/secret-plate", headers=opened)
    await hub.client.get(f"/v1/gw/{APP}/sessions")
    await hub.gateway.passages.flush()
    async with hub.database.session() as session:
        rows = list(await session.scalars(select(PassageRow).order_by(PassageRow.id)))
    assert [(row.status, row.code) for row in rows] == [(200, None), (401, "gateway.token_required")]
    assert "plate" not in str([vars(row) for row in rows])


async def test_the_same_backend_over_http(hub: SmallHub, echo: Echo) -> None:
    async with listening(echo) as url:
        async with hub.database.transaction() as session:
            await installed(session, manifest(scopes=[NAME]), Http(url))
        await hub.signed_in()
        await hub.agree()
        headers = {"Authorization": f"Bearer {(await hub.opened())['access_token']}"}
        answer = await hub.client.post(f"/v1/gw/{APP}/sessions/b%C3%A3i?x=1%202", headers=headers, json={"a": 1})
        assert answer.status_code == 200, answer.text
        assert (echo.calls[-1]["path"], echo.calls[-1]["query"]) == ("/sessions/bãi", "x=1%202")
        assert (await claims_of(hub, echo)).scopes == {"profile.name"}
        echo.headers, echo.body = [(b"content-type", b"application/json")], b"x" * (5 * 1024 * 1024)
        assert (await hub.client.get(f"/v1/gw/{APP}/sessions", headers=headers)).json()["code"] == "gateway.answer_too_large"
    refused = await hub.client.get(f"/v1/gw/{APP}/sessions", headers=headers)
    assert refused.json()["code"] == "gateway.backend_unreachable"


async def test_a_slow_backend_over_http_is_cut_off(hub: SmallHub, echo: Echo) -> None:
    async def slow(scope: object, receive: object, send: object) -> None:
        await asyncio.sleep(30)

    hub.backends.apps[APP] = slow
    backend = {"timeout_ms": 100, "public": ["GET /parks"]}
    async with hub.database.transaction() as session:
        await installed(session, manifest(backend=backend))
    answer = await hub.client.get(f"/v1/gw/{APP}/parks")
    assert (answer.status_code, answer.json()["code"]) == (504, "gateway.backend_timeout")


async def test_floods_are_refused_with_redis_and_without(hub: SmallHub, echo: Echo, opened: dict[str, str]) -> None:
    with clock.use(clock.FixedClock(clock.now())):
        for quotas in (hub.gateway._quotas, SharedQuotas(Cache("redis://127.0.0.1:1"))):
            hub.gateway._quotas = quotas
            codes = [(await hub.client.get(f"/v1/gw/{APP}/parks")).status_code for _ in range(62)]
            assert codes == [200] * 60 + [429] * 2
        refused = await hub.client.get(f"/v1/gw/{APP}/parks")
    assert refused.json()["code"] == "gateway.too_many"
    assert int(refused.headers["retry-after"]) >= 1


async def test_an_unknown_route_is_stopped_before_the_backend(hub: SmallHub, echo: Echo) -> None:
    document = {"openapi": "3.1.0", "paths": {"/sessions/{id}": {"get": {}}}}
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[]), openapi=document)
    await hub.signed_in()
    headers = {"Authorization": f"Bearer {(await hub.opened())['access_token']}"}
    assert (await hub.client.get(f"/v1/gw/{APP}/sessions/7", headers=headers)).status_code == 200
    assert (await hub.client.get(f"/v1/gw/{APP}/admin", headers=headers)).json()["code"] == "gateway.route_unknown"
    assert len(echo.calls) == 1


async def test_a_body_over_the_limit_is_refused(hub: SmallHub, opened: dict[str, str]) -> None:
    refused = await hub.client.post(f"/v1/gw/{APP}/sessions", headers=opened, content=b"x" * (1024 * 1024 + 1))
    assert refused.status_code == 413


async def test_the_guard_stands_in_front_of_inner_addresses(hub: SmallHub, echo: Echo) -> None:
    async with listening(echo) as url, httpx.AsyncClient(transport=GuardedTransport(allow_inward=False)) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(url)
        with pytest.raises(httpx.ConnectError):
            await http.get(url.replace("127.0.0.1", "localhost"))
    assert echo.calls == []


async def test_behind_a_proxy_every_visitor_has_a_budget_of_their_own(
    hub: SmallHub, opened: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened
    taken: list[str] = []
    monkeypatch.setattr(address, "settings", lambda: Settings(_env_file=None, environment="test", trust_proxy=True))

    async def take(_self: SharedQuotas, quotas: Quotas, _now: datetime) -> tuple[Verdict, ...]:
        taken.append(quotas[0][0])
        return ()

    monkeypatch.setattr(SharedQuotas, "take", take)
    for visitor in ("203.0.113.7", "203.0.113.8", "203.0.113.7"):
        await hub.client.get(f"/v1/gw/{APP}/parks/7", headers={"X-Forwarded-For": visitor})
    assert (len(taken), len(set(taken))) == (3, 2)
