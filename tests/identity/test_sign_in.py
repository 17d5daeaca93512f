"""Signing in as a mobile client does it, and everything that must not work."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey
from sqlalchemy import func, select

from app.demo.devices.mobile import CLIENT_ID, REDIRECT, Phone, SignInFailed
from app.demo.devices.passkey import UP, SoftwarePasskey
from app.demo.devices.proofs import DpopKey
from app.main import Hub
from hanoismart.clock import FixedClock, now, use
from identity.api.tokens import exchange
from identity.oauth.models import AuthorizationCode, Grant, RefreshToken
from kernel.embedded import Servers
from tests.support.hubs import BASE, calling, phone_of, running_hub


@pytest_asyncio.fixture
async def hub(cloned_url: str, servers: Servers) -> AsyncIterator[Hub]:
    async with running_hub(cloned_url, servers.redis_url) as hub:
        yield hub


@pytest_asyncio.fixture
async def http(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(hub) as client:
        yield client


async def code_of(phone: Phone) -> tuple[str, str]:
    """A fresh code and its verifier."""
    verifier = secrets.token_urlsafe(48)
    pushed = await phone.push(verifier)
    back = await phone.browse(pushed.json()["request_uri"])
    return parse_qs(urlsplit(back).query)["code"][0], verifier


async def test_happy_flow(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http, name="Nguyễn Thị Lan")
    jwks = KeySet.import_key_set((await http.get("/oauth/jwks")).json())
    claims = jwt.decode(phone.held.id_token, jwks, algorithms=["ES256"]).claims
    assert claims["aud"] == CLIENT_ID
    assert claims["acr"] == "urn:hanoi:loa:2"
    access_text = phone.held.access
    access = jwt.decode(access_text, jwks, algorithms=["ES256"])
    assert access.header["typ"] == "at+jwt"
    assert access.claims["cnf"]["jkt"] == phone.dpop.thumbprint
    assert access.claims["exp"] - access.claims["iat"] == 300
    assert "Lan" not in str(access.claims)
    told = await phone.call("GET", "/oauth/userinfo")
    assert told.json() == {"sub": claims["sub"], "acr": "urn:hanoi:loa:2", "name": "Nguyễn Thị Lan", "locale": "vi"}
    refreshed = await phone.refresh()
    assert refreshed.access != access_text
    assert (await phone.call("GET", "/v1/me")).status_code == 200


async def test_discovery_says_what_is_true(http: httpx.AsyncClient) -> None:
    told = (await http.get("/.well-known/openid-configuration")).json()
    assert told == (await http.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == BASE
    assert told["require_pushed_authorization_requests"] is True
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["subject_types_supported"] == ["pairwise"]
    for name, url in told.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert (await http.request("GET", urlsplit(url).path)).status_code != 404, name


async def test_a_session_signs_in_again_without_a_page_and_logout_ends_everything(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    used = phone.passkey.counter
    await phone.sign_in()
    assert phone.passkey.counter == used
    await phone.sign_in(prompt="login")
    assert phone.passkey.counter == used + 1
    hint = phone.held.id_token
    out = await http.get(
        "/oauth/logout", params={"id_token_hint": hint, "post_logout_redirect_uri": "http://127.0.0.1/signed-out", "state": "x"}
    )
    assert out.headers["location"] == "http://127.0.0.1/signed-out?state=x"
    await hub.process.revocations.read()
    assert (await phone.call("GET", "/v1/me")).status_code == 401
    with pytest.raises(SignInFailed, match="invalid_grant"):
        await phone.refresh()


async def test_fifty_redemptions_of_one_code_have_one_winner(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    code, verifier = await code_of(phone)
    answers = await asyncio.gather(*(phone.redeem(code, verifier) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers).count(200) == 1
    assert {answer.json().get("error") for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    async with hub.process.database.session() as session:
        used = await session.scalar(select(func.count()).select_from(AuthorizationCode).where(AuthorizationCode.used_at.is_not(None)))
        issued = await session.scalar(select(func.count()).select_from(RefreshToken))
    assert (used, issued) == (2, 2)  # the sign-in of the fixture, and this one


async def test_a_code_used_twice_kills_what_it_gave(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    code, verifier = await code_of(phone)
    first = (await phone.redeem(code, verifier)).json()
    phone._keep(first)
    assert (await phone.call("GET", "/v1/me")).status_code == 200
    assert (await phone.redeem(code, verifier)).json()["error"] == "invalid_grant"
    await hub.process.revocations.read()
    assert (await phone.call("GET", "/v1/me")).status_code == 401
    with pytest.raises(SignInFailed):
        await phone.refresh()


async def test_a_code_lives_sixty_seconds(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    code, verifier = await code_of(phone)
    with use(FixedClock(now() + timedelta(seconds=61))):
        assert (await phone.redeem(code, verifier)).json()["error"] == "invalid_grant"


async def test_a_wrong_verifier_burns_the_code(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    code, verifier = await code_of(phone)
    assert (await phone.redeem(code, secrets.token_urlsafe(48))).json()["error"] == "invalid_grant"
    assert (await phone.redeem(code, verifier)).json()["error"] == "invalid_grant"


async def test_a_stolen_code_is_worth_nothing_without_the_device(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    code, verifier = await code_of(phone)
    phone.dpop = DpopKey()
    assert (await phone.redeem(code, verifier)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("bent", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"redirect_uri": REDIRECT + "/more"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/callback"}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1@evil.example/callback"}, "invalid_request"),
        ({"redirect_uri": REDIRECT + "#x"}, "invalid_request"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"request": "e30."}, "invalid_request_object"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"state": "x" * 513}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"dpop_jkt": "other"}, "invalid_request"),
    ],
)
async def test_requests_are_checked_when_pushed(http: httpx.AsyncClient, bent: dict[str, str], error: str) -> None:
    phone = Phone(http, SoftwarePasskey(BASE))
    answer = await phone.push(secrets.token_urlsafe(48), **bent)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error


async def test_a_loopback_redirect_may_vary_its_port(http: httpx.AsyncClient) -> None:
    phone = Phone(http, SoftwarePasskey(BASE))
    assert (await phone.push(secrets.token_urlsafe(48), redirect_uri="http://127.0.0.1:49152/callback")).status_code == 201


async def test_parameters_do_not_stand_twice_nor_beside_the_reference(http: httpx.AsyncClient) -> None:
    phone = Phone(http, SoftwarePasskey(BASE))
    body = f"client_id={CLIENT_ID}&client_id={CLIENT_ID}"
    twice = await http.post("/oauth/par", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert twice.json()["error"] == "invalid_request"
    request_uri = (await phone.push(secrets.token_urlsafe(48))).json()["request_uri"]
    beside = await http.get("/oauth/authorize", params={"client_id": CLIENT_ID, "request_uri": request_uri, "scope": "openid"})
    assert beside.status_code == 400
    without = await http.get("/oauth/authorize", params={"client_id": CLIENT_ID, "response_type": "code", "redirect_uri": REDIRECT})
    assert (without.status_code, "location" in without.headers) == (400, False)
    assert (await http.get("/oauth/par")).status_code == 405


async def test_a_request_uri_can_be_reloaded_but_completes_once(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    request_uri = (await phone.push(secrets.token_urlsafe(48), prompt="login")).json()["request_uri"]
    query = {"client_id": CLIENT_ID, "request_uri": request_uri}
    assert [(await http.get("/oauth/authorize", params=query)).status_code for _ in range(2)] == [200, 200]
    assert "code=" in await phone.browse(request_uri)
    assert (await http.get("/oauth/authorize", params=query)).status_code == 400
    with use(FixedClock(now() + timedelta(seconds=61))):
        late = (await phone.push(secrets.token_urlsafe(48))).json()["request_uri"]
    with use(FixedClock(now() + timedelta(seconds=200))):
        assert (await http.get("/oauth/authorize", params=query | {"request_uri": late})).status_code == 400


async def test_a_form_from_elsewhere_is_refused(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    request_uri = (await phone.push(secrets.token_urlsafe(48))).json()["request_uri"]
    form = {"client_id": CLIENT_ID, "request_uri": request_uri, "interaction": "made-up", "challenge_id": "x", "credential": "{}"}
    assert (await http.post("/oauth/authorize", data=form)).status_code == 400


async def test_none_of_the_wrong_passkeys_signs_in(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    good = phone.passkey
    phone.cookies.clear()
    bent: list[dict[str, Any]] = [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": UP},
        {"credential_id": b"unknown" * 5},
        {"counter": -1},
    ]
    for change in bent:
        values: dict[str, Any] = {"origin": good.origin, "rp_id": good.rp_id, "flags": good.flags, "counter": good.counter + 10}
        values |= {"credential_id": good.credential_id, "key": good.key}
        phone.passkey = SoftwarePasskey(**(values | change))
        if change == {"counter": -1}:
            phone.passkey.counter = good.counter - 1  # a clone's counter falls behind
        with pytest.raises(SignInFailed, match="403"):
            await phone.sign_in()
    phone.passkey = good
    await phone.sign_in()


async def test_a_passkey_answer_counts_once(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    phone.cookies.clear()
    request_uri = (await phone.push(secrets.token_urlsafe(48))).json()["request_uri"]
    seen: list[dict[str, Any]] = []
    answer = phone.passkey.get

    def remember(options: dict[str, Any]) -> dict[str, Any]:
        seen.append(answer(options))
        return seen[-1]

    phone.passkey.get = remember  # type: ignore[method-assign]  # the test listens in
    await phone.browse(request_uri)
    phone.cookies.pop("hs_session")
    phone.passkey.get = lambda options: seen[0]  # type: ignore[method-assign]  # noqa: ARG005 (the recorded answer, replayed)
    with pytest.raises(SignInFailed, match="403"):
        await phone.sign_in()


async def test_refresh_belongs_to_the_device_and_scope_does_not_grow(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": phone.held.refresh}
    assert (await phone.token(form | {"scope": "openid profile admin"})).json()["error"] == "invalid_scope"
    assert (await phone.token(form | {"resource": "https://other.example"})).json()["error"] == "invalid_target"
    assert (await phone.token(form | {"scope": "openid"})).json()["scope"] == "openid"
    own, phone.dpop = phone.dpop, DpopKey()
    assert (await phone.token(form)).json()["error"] == "invalid_grant"
    phone.dpop = own
    assert (await phone.token(form)).status_code == 200


async def test_a_bound_refresh_token_rotates_late_and_its_reuse_kills_the_family(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    first = phone.held.refresh
    await phone.refresh()
    assert phone.held.refresh == first
    async with hub.process.database.transaction() as session:
        row = (await session.scalars(select(RefreshToken))).one()
        row.issued_at = now() - timedelta(days=50)
        row.expires_at = now() + timedelta(days=10)
    await phone.refresh()
    second = phone.held.refresh
    assert second != first
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": first}
    retried = await phone.token(form)
    assert retried.status_code == 200, "the answer was lost: the same device may ask again within 10 s"
    async with hub.process.database.transaction() as session:
        for row in await session.scalars(select(RefreshToken).where(RefreshToken.consumed_at.is_not(None))):
            row.consumed_at = now() - timedelta(seconds=11)
    assert (await phone.token(form)).json()["error"] == "invalid_grant"
    assert (await phone.token(form | {"refresh_token": retried.json()["refresh_token"]})).json()["error"] == "invalid_grant"


async def test_revocation_ends_the_grant(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    for token in (phone.held.refresh, "unknown"):
        assert (await http.post("/oauth/revoke", data={"client_id": CLIENT_ID, "token": token})).status_code == 200
    await hub.process.revocations.read()
    assert (await phone.call("GET", "/v1/me")).status_code == 401


async def test_tokens_that_are_not_ours_do_not_count(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    header, payload, signature = phone.held.access.split(".")
    jwks = (await http.get("/oauth/jwks")).json()
    public = orjson.dumps(jwks["keys"][0])
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=="))
    other = DpopKey().key
    forged = {
        "altered": f"{header}.{payload[:-2]}AA.{signature}",
        "none": base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=") + f".{payload}.",
        "hs256 with the public key": jwt.encode({"alg": "HS256", "typ": "at+jwt"}, claims, OctKey.import_key(public), algorithms=["HS256"]),
        "other key": jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, other, algorithms=["ES256"]),
        "id token": phone.held.id_token,
        "rubbish": "x.y.z",
    }
    for name, token in forged.items():
        proof = phone.dpop.proof("GET", f"{BASE}/v1/me", token=token)
        answer = await http.get("/v1/me", headers={"Authorization": f"DPoP {token}", "DPoP": proof})
        assert (answer.status_code, answer.json()["code"]) == (401, "access.token_refused"), name
        assert answer.headers["www-authenticate"].startswith("DPoP "), name
    with use(FixedClock(now() + timedelta(minutes=6))):
        assert (await phone.call("GET", "/v1/me")).status_code == 401


async def test_a_bound_token_needs_its_proof_every_time(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    token, url = phone.held.access, f"{BASE}/v1/me"
    good = phone.dpop.proof("GET", url, token=token)
    refused = [
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"DPoP {token}"},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("POST", url, token=token)},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", f"{BASE}/v1/other", token=token)},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", url, token="other")},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", url)},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", url, token=token, iat=int(now().timestamp()) - 120)},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", url, token=token, iat=int(now().timestamp()) + 120)},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", url, token=token, jti=5)},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", url, token=token, htu=["x"])},
        {"Authorization": f"DPoP {token}", "DPoP": phone.dpop.proof("GET", url, token=token, nonce="made-up")},
        {"Authorization": f"DPoP {token}", "DPoP": DpopKey().proof("GET", url, token=token)},
        {"Authorization": f"DPoP {token}", "DPoP": good + "x"},
    ]
    for headers in refused:
        assert (await http.get("/v1/me", headers=headers)).status_code == 401, headers
    headers = {"Authorization": f"DPoP {token}", "DPoP": good}
    assert (await http.get("/v1/me", headers=headers)).status_code == 200
    assert (await http.get("/v1/me", headers=headers)).status_code == 401, "a proof counts once"
    for skew in (-10, 10):
        proof = phone.dpop.proof("GET", url, token=token, iat=int(now().timestamp()) + skew)
        assert (await http.get("/v1/me", headers=headers | {"DPoP": proof})).status_code == 200


async def test_a_replayed_proof_of_a_change_is_refused_by_the_database(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    headers = phone.signed("DELETE", "/v1/me/consents/nobody")
    answers = await asyncio.gather(*(http.delete("/v1/me/consents/nobody", headers=headers) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [401] * 9 + [404]


async def test_a_token_of_a_dead_grant_is_refused_though_no_revocation_reached_this_process(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    async with hub.process.database.transaction() as session:
        for grant in await session.scalars(select(Grant)):
            grant.revoked_at = now()
    assert (await phone.call("GET", "/v1/me")).status_code == 401


async def test_a_token_counts_only_where_it_was_made_for(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    verified = await hub.process.authenticator.verified(phone.held.access, f"{BASE}/v1")
    assert verified is not None
    async with hub.process.database.transaction() as session:
        issued = await exchange(session, verified.caller, app_id="vn.hanoi.one", sector="vn.hanoi.one", scopes=frozenset(), epoch=1)
    bearer = {"Authorization": f"Bearer {issued.token}"}
    assert await hub.process.authenticator.verified(issued.token, "vn.hanoi.one") is not None
    assert await hub.process.authenticator.verified(issued.token, "vn.hanoi.two") is None
    assert (await http.get("/v1/me", headers=bearer)).json()["code"] == "access.token_refused"
    assert await hub.process.authenticator.verified(phone.held.access, "vn.hanoi.one") is None
