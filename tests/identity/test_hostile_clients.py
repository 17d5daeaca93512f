"""What a hostile or broken client sends to sign-in: refused in words, never a fault of ours, and nobody else is signed out by it."""

import base64
import secrets
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
import pytest_asyncio

from app.demo.devices.mobile import CLIENT_ID, Phone, SignInFailed
from app.demo.devices.passkey import SoftwarePasskey
from app.main import Hub
from kernel.embedded import Servers
from tests.support.hubs import BASE, calling, phone_of, running_hub
from tests.support.partners import Browser, Partner, query


@pytest_asyncio.fixture
async def hub(cloned_url: str, servers: Servers) -> AsyncIterator[Hub]:
    async with running_hub(cloned_url, servers.redis_url) as hub:
        yield hub


@pytest_asyncio.fixture
async def http(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(hub) as client:
        yield client


@pytest.mark.parametrize("asked", ["urn:hanoi:loa:high", "urn:hanoi:loa:²", "urn:hanoi:loa:"])
async def test_a_level_that_is_no_level_asks_for_nothing(hub: Hub, http: httpx.AsyncClient, asked: str) -> None:
    phone = await phone_of(hub.process, http)
    assert (await phone.sign_in(acr_values=asked)).access


@pytest.mark.parametrize("prompt", ["login consent", "select_account login"])
async def test_login_among_other_prompts_asks_again(hub: Hub, http: httpx.AsyncClient, prompt: str) -> None:
    phone = await phone_of(hub.process, http)
    request_uri = (await phone.push(secrets.token_urlsafe(48), prompt=prompt)).json()["request_uri"]
    query = {"client_id": CLIENT_ID, "request_uri": request_uri}
    assert (await http.get("/oauth/authorize", params=query, headers=phone._browser())).status_code == 200


async def test_prompt_none_stands_alone_and_values_stay_short(http: httpx.AsyncClient) -> None:
    phone = Phone(http, SoftwarePasskey(BASE))
    for bent in ({"prompt": "none login"}, {"login_hint": "x" * 2_000}, {"ui_locales": "vi " * 1_000}):
        answer = await phone.push(secrets.token_urlsafe(48), **bent)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), bent


async def test_a_form_in_other_letters_is_one_from_elsewhere(hub: Hub, http: httpx.AsyncClient) -> None:
    phone = await phone_of(hub.process, http)
    request_uri = (await phone.push(secrets.token_urlsafe(48), prompt="login")).json()["request_uri"]
    form = {"client_id": CLIENT_ID, "request_uri": request_uri, "interaction": "é", "action": "cancel"}
    assert (await http.post("/oauth/authorize", data=form, headers={"Cookie": "hs_interaction=a"})).status_code == 400
    assert (await http.post("/oauth/logout", data={"confirm": "é"}, headers={"Cookie": "hs_interaction=a"})).status_code == 200


async def test_another_persons_hint_signs_nobody_out_of_this_browser(hub: Hub, http: httpx.AsyncClient) -> None:
    lan, minh = await phone_of(hub.process, http, name="Lan"), await phone_of(hub.process, http, name="Minh")
    answer = await http.get("/oauth/logout", params={"id_token_hint": minh.held.id_token}, headers=lan._browser())
    assert "hs_session" not in answer.headers.get("set-cookie", "")
    assert (await lan.call("GET", "/v1/me")).status_code == 200
    with pytest.raises(SignInFailed):
        await minh.refresh()
    own = await http.get("/oauth/logout", params={"id_token_hint": lan.held.id_token}, headers=lan._browser())
    assert "hs_session" in own.headers["set-cookie"]


def _part(document: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(document)).decode().rstrip("=")


_POINT = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
_HEADERS = [
    [],
    {"typ": "dpop+jwt", "alg": "ES256", "jwk": _POINT},
    {"typ": "dpop+jwt", "alg": "ES256", "jwk": _POINT | {"x": 7}},
    {"typ": "dpop+jwt", "alg": "ES256", "jwk": _POINT | {"x": "é"}},
    {"typ": "dpop+jwt", "alg": "ES256", "jwk": _POINT | {"x": "A" * 3000}},
    {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}},
    {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": None}},
    {"typ": "dpop+jwt", "alg": ["ES256"], "jwk": _POINT},
    {"typ": {"a": 1}, "alg": {"b": 2}, "jwk": [1]},
]


@pytest.mark.parametrize("header", _HEADERS)
async def test_no_proof_however_bent_is_a_fault_of_ours(http: httpx.AsyncClient, header: object) -> None:
    proof = f"{_part(header)}.{_part({'jti': 'a', 'htm': 'POST', 'htu': BASE + '/oauth/token', 'iat': 1})}.{'A' * 86}"
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": "x"}
    answer = await http.post("/oauth/token", data=form, headers={"DPoP": proof})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("claims", [[], "x", {"sub": ["a"]}, {"sub": {"a": 1}}, {"sub": "a\x00"}, {"sub": 7}])
async def test_no_assertion_however_bent_is_a_fault_of_ours(http: httpx.AsyncClient, claims: object) -> None:
    headers: tuple[object, ...] = ({"alg": "ES256"}, [], "x", {"alg": None}, {})
    for header in headers:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": f"{_part(header)}.{_part(claims)}.AA",
        }
        answer = await http.post("/oauth/token", data=form)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), (header, claims)


@pytest.mark.parametrize("expires", [10**15, 10**400, -(10**400), 1.5, True])
async def test_an_assertion_from_beyond_time_is_refused(hub: Hub, http: httpx.AsyncClient, expires: object) -> None:
    partner = await Partner(http).register(hub)
    answer = await partner.token({"grant_type": "client_credentials"}, assertion=partner.assertion(exp=expires))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_relying_party_gets_what_its_scopes_name_and_nothing_else(hub: Hub, http: httpx.AsyncClient) -> None:
    partner = await Partner(http).register(hub)
    lan = await phone_of(hub.process, http, name="Lan")
    token = (await partner.sign_in(Browser.of(lan)))["access_token"]
    assert (await partner.userinfo(token)).json()["name"] == "Lan"
    for method, path in (("GET", "/v1/me"), ("GET", "/v1/me/inbox"), ("GET", "/v1/me/disclosures"), ("POST", "/v1/posts")):
        refused = await partner.call(method, path, token, json={"body": "x"} if method == "POST" else None)
        assert (refused.status_code, refused.json()["code"]) == (403, "access.scope_missing"), path


async def test_a_link_alone_tells_a_relying_party_nothing(hub: Hub, http: httpx.AsyncClient) -> None:
    partner = await Partner(http).register(hub)
    browser = Browser.of(await phone_of(hub.process, http, name="Lan"))
    page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    assert (page.status_code, "Thư viện" in page.text, 'action="/oauth/consent"' in page.text) == (200, True, True)
    silent = await partner.request_uri(prompt="none")
    back = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=silent)
    assert query(back)["error"] == "consent_required"
    await partner.sign_in(browser)
    silent = await partner.request_uri(prompt="none")
    assert "code" in query(await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=silent))


async def test_the_key_of_nobody_in_particular_opens_nobody_elses_answer(hub: Hub, http: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "proofing-start-00000001"}
    first = (await http.post("/v1/proofing/sessions", headers=key)).json()
    second = (await http.post("/v1/proofing/sessions", headers=key)).json()
    assert first["id"] != second["id"]
    path = f"/v1/proofing/sessions/{first['id']}/enrolment"
    assert (await http.post(path, headers=key | {"Proofing-Secret": first["secret"]})).status_code == 409
    assert (await http.post(path, headers=key | {"Proofing-Secret": second["secret"]})).status_code == 404
