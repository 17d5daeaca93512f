"""The modules of the FAPI 2.0 test plan about pushed requests, PKCE and the audience of assertions, by name."""

from datetime import timedelta

import pytest

from hanoismart.clock import FixedClock, now, use
from tests.identity.conformance.conftest import World
from tests.support.hubs import BASE
from tests.support.partners import Browser, query, seconds_ahead


async def test_AttemptReuseRequestUri(world: World) -> None:
    partner = await world.partner()
    uri = await partner.request_uri()
    assert "code" in query(await world.browser.go(partner.client_id, uri))
    again = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert (again.status_code, "invalid_request_uri" in again.text) == (400, True)


async def test_AttemptToUseExpiredRequestUri(world: World) -> None:
    partner = await world.partner()
    uri = await partner.request_uri()
    with use(FixedClock(now() + timedelta(seconds=61))):
        answer = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert (answer.status_code, "invalid_request_uri" in answer.text) == (400, True)


async def test_EnsureServerAcceptsReusedRequestUriBeforeAuthenticationCompletion(world: World) -> None:
    partner = await world.partner()
    uri = await partner.request_uri()
    for _ in range(3):
        page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
        assert page.status_code == 200
    with use(FixedClock(now() + timedelta(seconds=90))):
        late = await world.browser.agree(page, "profile")  # the browser that opened it may take its time
        assert "code" in query(late)


async def test_EnsureRequestUriIsBoundToClient(world: World) -> None:
    first, second = await world.partner(), await world.partner()
    uri = await first.request_uri()
    answer = await world.browser.get("/oauth/authorize", client_id=second.client_id, request_uri=uri)
    assert (answer.status_code, "invalid_request_uri" in answer.text) == (400, True)
    assert "code" in query(await world.browser.go(first.client_id, uri))


async def test_RejectRequestUriInParAuthorizationFormParams(world: World) -> None:
    answer = await (await world.partner()).push(request_uri="https://partner.example/request.jwt")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "PATCH"])
async def test_RejectInvalidHttpVerb(world: World, verb: str) -> None:
    assert (await world.http.request(verb, "/oauth/par")).status_code == 405


async def test_EnsurePKCERequired(world: World) -> None:
    answer = await (await world.partner()).push(code_challenge=None, code_challenge_method=None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_EnsurePlainPKCERejected(world: World) -> None:
    partner = await world.partner()
    for method in ("plain", None, "s256"):
        answer = await partner.push(code_challenge_method=method)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), method


async def test_EnsurePKCECodeVerifierRequired(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    answer = await partner.token(partner.redemption(code, code_verifier=None))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_IncorrectPKCECodeVerifierRejected(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    assert (await partner.redeem(code, code_verifier="x" * 43)).json()["error"] == "invalid_grant"
    assert (await partner.redeem(code)).json()["error"] == "invalid_grant"  # burnt


@pytest.mark.parametrize("aud", [f"{BASE}/oauth/par"])
async def test_EndpointAsAudienceFails(world: World, aud: str) -> None:
    partner = await world.partner()
    answer = await partner.push(assertion=partner.assertion(aud=aud))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_TokenEndpointAsAudienceFails(world: World) -> None:
    partner = await world.partner()
    answer = await partner.push(assertion=partner.assertion(aud=f"{BASE}/oauth/token"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("aud", [[BASE], [BASE, f"{BASE}/oauth/par"], [f"{BASE}/oauth/par"]])
async def test_EndpointAsArrayAudienceFails(world: World, aud: list[str]) -> None:
    partner = await world.partner()
    answer = await partner.push(assertion=partner.assertion(aud=aud))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_WithoutDuplicateParameters(world: World) -> None:
    """The authorization endpoint takes the reference alone: what was pushed need not, and may not, stand there again."""
    partner = await world.partner()
    uri = await partner.request_uri()
    doubled = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri, scope="openid")
    assert (doubled.status_code, "location" in doubled.headers) == (400, False)
    assert "code" in query(await world.browser.go(partner.client_id, uri))


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_EnsureJWTClientAssertionWithIatNbf8SecondsInTheFutureIsAccepted(world: World, claim: str) -> None:
    partner = await world.partner()
    assert (await partner.push(assertion=partner.assertion(**{claim: seconds_ahead(8)}))).status_code == 201


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_EnsureJWTClientAssertionWithIatNbfOver60SecondsInTheFutureFails(world: World, claim: str) -> None:
    partner = await world.partner()
    answer = await partner.push(assertion=partner.assertion(**{claim: seconds_ahead(65)}))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_open_request_belongs_to_its_browser(world: World) -> None:
    partner = await world.partner()
    uri = await partner.request_uri()
    await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    stranger = Browser.of(await world.other())
    with use(FixedClock(now() + timedelta(seconds=90))):
        answer = await stranger.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert (answer.status_code, "invalid_request_uri" in answer.text) == (400, True)
