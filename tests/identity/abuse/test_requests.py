"""Abuse of authorization requests: cases 1 to 4 and 15 to 18, each clause of them."""

import secrets
from datetime import timedelta
from typing import Any

import pytest

from hanoismart.clock import FixedClock, now, use
from identity.people import service as people
from tests.identity.conformance.conftest import World
from tests.support.hubs import BASE, phone_of
from tests.support.partners import REDIRECT, Browser, hidden, query


async def test_case_01_authorize_without_par_or_with_inline_parameters(world: World) -> None:
    partner = await world.partner()
    uri = await partner.request_uri()
    for params in (
        {"client_id": partner.client_id} | partner.parameters(),
        {"client_id": partner.client_id, "request_uri": uri, "redirect_uri": REDIRECT},
        {"client_id": partner.client_id, "request_uri": uri, "state": "x"},
        {"client_id": partner.client_id},
        {"request_uri": uri},
    ):
        answer = await world.browser.get("/oauth/authorize", **params)
        assert (answer.status_code, "location" in answer.headers) == (400, False), params


@pytest.mark.parametrize(
    "bent",
    [
        "https://partner.example/callback/extra",
        "https://partner.example/callback?x=1",
        "https://partner.example/callback#x",
        "https://user:pw@partner.example/callback",
        "https://partner.example/a/../callback",
        "https://PARTNER.example/callback",
        "https://partner.example/Callback",
        "https://partner.example/callback/",
        "https://xn--prtner-fya.example/callback",
        "https://partner.example:8443/callback",
        "https://partner.example.evil.example/callback",
        "http://partner.example/callback",
        "javascript:alert(1)",
        "https://partner.example/callback%00",
        " https://partner.example/callback",
    ],
)
async def test_case_02_a_redirect_uri_that_differs_at_all(world: World, bent: str) -> None:
    answer = await (await world.partner()).push(redirect_uri=bent)
    assert (answer.status_code, answer.json()["error"], "location" in answer.headers) == (400, "invalid_request", False)


async def test_case_02_only_a_loopback_may_vary_its_port(world: World) -> None:
    native = await world.partner(redirect_uris=("http://127.0.0.1/callback",))
    native.redirect = "http://127.0.0.1:51004/callback"
    assert (await native.push()).status_code == 201
    for bent in (
        "http://127.0.0.1:51004/other",
        "http://localhost:51004/callback",
        "http://127.0.0.2/callback",
        "https://127.0.0.1/callback",
    ):
        assert (await native.push(redirect_uri=bent)).json()["error"] == "invalid_request", bent


@pytest.mark.parametrize(
    "bent",
    [{"code_challenge_method": None}, {"code_challenge_method": "plain"}, {"code_challenge": "x" * 42}, {"code_challenge": "x" * 44},
     {"code_challenge": "x" * 42 + "="}, {"code_challenge": None}],
)  # fmt: skip
async def test_case_03_no_challenge_but_s256_of_43_characters(world: World, bent: dict[str, Any]) -> None:
    answer = await (await world.partner()).push(**bent)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("verifier", [None, "x" * 43, "", "short", "é" * 43])
async def test_case_04_a_verifier_that_does_not_fit_burns_the_code(world: World, verifier: str | None) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    assert (await partner.redeem(code, code_verifier=verifier)).json()["error"] == "invalid_grant"
    assert (await partner.redeem(code)).json()["error"] == "invalid_grant"


async def test_case_15_every_answer_names_its_issuer(world: World) -> None:
    partner = await world.partner()
    good = query(await world.browser.go(partner.client_id, await partner.request_uri()))
    refused = await world.browser.get(
        "/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(prompt="login")
    )
    bad = query(await world.browser.post("/oauth/authorize", hidden(refused) | {"action": "cancel"}))
    silent = await partner.request_uri(prompt="none", max_age="0", scope="openid")
    with use(FixedClock(now() + timedelta(seconds=5))):
        none = query(await Browser(world.http, world.lan.passkey).get("/oauth/authorize", client_id=partner.client_id, request_uri=silent))
    issuer = (await world.http.get("/.well-known/openid-configuration")).json()["issuer"]
    assert {good["iss"], bad["iss"], none["iss"]} == {issuer} == {BASE}
    assert (bad["error"], none["error"]) == ("access_denied", "login_required")


async def test_case_16_state_comes_back_byte_for_byte_and_escaped_in_a_form(world: World) -> None:
    partner = await world.partner()
    state = ("\"'><script>alert(1)</script>&amp;=+% ắ" * 14)[:512]
    assert query(await world.browser.go(partner.client_id, await partner.request_uri(state=state)))["state"] == state
    posted = await world.browser.go(partner.client_id, await partner.request_uri(state=state, response_mode="form_post"))
    assert posted.status_code == 200
    assert hidden(posted)["state"] == state
    assert "<script>alert" not in posted.text
    assert f'action="{REDIRECT}"' in posted.text
    assert "form-action 'self' https://partner.example" in posted.headers["content-security-policy"]


async def test_case_17_no_session_and_a_session_that_is_too_old(world: World) -> None:
    partner, browser = await world.partner(), Browser.of(await world.other())
    nobody = Browser(world.http, world.lan.passkey)
    uri = await partner.request_uri(prompt="none")
    assert query(await nobody.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri))["error"] == "login_required"
    await partner.sign_in(browser)
    with use(FixedClock(now() + timedelta(seconds=3))):
        old = await partner.request_uri(prompt="none", max_age="1")
        assert query(await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=old))["error"] == "login_required"
        page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(max_age="1"))
        assert "data-options" in page.text


async def test_case_18_a_level_above_the_session_is_never_told(world: World) -> None:
    low = await phone_of(world.hub.process, world.http, name="Anna", level=1)
    partner, browser = await world.partner(), Browser.of(low)
    page = await browser.get(
        "/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(acr_values="urn:hanoi:loa:2")
    )
    assert "data-options" in page.text
    assert query(await browser.sign_in(page))["error"] == "unmet_authentication_requirements"
    essential = '{"id_token": {"acr": {"essential": true, "values": ["urn:hanoi:loa:3"]}}}'
    page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(claims=essential))
    assert query(await browser.sign_in(page))["error"] == "unmet_authentication_requirements"
    given = await partner.sign_in(browser)
    me = (await low.call("GET", "/v1/me")).json()["id"]
    async with world.hub.process.database.transaction() as session:
        await people.activate(session, me, 2)
    refreshed = (await partner.refresh(given["refresh_token"])).json()
    assert (await partner.introspect(refreshed["access_token"]))["acr"] == "urn:hanoi:loa:1"


async def test_case_18_sign_in_again_reaches_the_level(world: World) -> None:
    """The way up stays open: after a stronger proof the next sign-in says so."""
    low = await phone_of(world.hub.process, world.http, name="Anna", level=1)
    partner, browser = await world.partner(), Browser.of(low)
    me = (await low.call("GET", "/v1/me")).json()["id"]
    async with world.hub.process.database.transaction() as session:
        await people.activate(session, me, 2)
    token = (await partner.sign_in(browser, acr_values="urn:hanoi:loa:2", nonce=secrets.token_urlsafe(8)))["access_token"]
    assert (await partner.introspect(token))["acr"] == "urn:hanoi:loa:2"
