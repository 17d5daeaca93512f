"""The modules of the RP-Initiated and Back-Channel Logout test plans, by name."""

from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from identity.oauth.backchannel import DELIVER, EVENT
from tests.identity.conformance.conftest import World
from tests.support.parties import RelyingParty, listening_party
from tests.support.partners import Browser, Partner, hidden
from tests.support.work import run_jobs

BYE = "https://partner.example/bye"


async def _signed_in(world: World, **more: object) -> tuple[Partner, Browser, dict[str, Any]]:
    """A fresh person in a fresh browser, so that logging out ends nothing of other tests."""
    partner = await world.partner(**more)
    browser = Browser.of(await world.other())
    return partner, browser, await partner.sign_in(browser)


async def _out(world: World, partner: Partner, given: dict[str, Any]) -> bool:
    await world.hub.process.revocations.read()
    return not (await partner.introspect(given["access_token"]))["active"]


async def test_RpInitiatedLogout(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    answer = await browser.get("/oauth/logout", id_token_hint=given["id_token"], post_logout_redirect_uri=BYE, state="x y")
    assert answer.headers["location"] == f"{BYE}?state=x+y"
    assert await _out(world, partner, given)
    assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"


async def test_RpInitiatedLogoutDiscoveryEndpointVerification(world: World) -> None:
    told = (await world.http.get("/.well-known/openid-configuration")).json()
    assert told["end_session_endpoint"].endswith("/oauth/logout")


async def test_RpInitiatedLogoutBadLogoutRedirectUri(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    answer = await browser.get("/oauth/logout", id_token_hint=given["id_token"], post_logout_redirect_uri="https://evil.example/")
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert await _out(world, partner, given)


async def test_RpInitiatedLogoutBadIdTokenHint(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    answer = await browser.get("/oauth/logout", id_token_hint="not a token", post_logout_redirect_uri=BYE)
    assert (answer.status_code, "confirm" in answer.text) == (200, True)
    assert not await _out(world, partner, given)


async def test_RpInitiatedLogoutModifiedIdTokenHint(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    head, body, signature = given["id_token"].split(".")
    changed = f"{head}.{body[:-6]}AAAAAA.{signature}"
    answer = await browser.get("/oauth/logout", id_token_hint=changed, post_logout_redirect_uri=BYE)
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert not await _out(world, partner, given)


async def test_RpInitiatedLogoutNoIdTokenHint(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    page = await browser.get("/oauth/logout", post_logout_redirect_uri=BYE)
    assert (page.status_code, "confirm" in page.text) == (200, True)
    assert not await _out(world, partner, given)
    assert (await browser.post("/oauth/logout", hidden(page))).status_code == 200
    assert await _out(world, partner, given)


async def test_RpInitiatedLogoutNoParams(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    page = await browser.get("/oauth/logout")
    assert "confirm" in page.text
    await browser.post("/oauth/logout", hidden(page))
    assert await _out(world, partner, given)


async def test_RpInitiatedLogoutNoPostLogoutRedirectUri(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    answer = await browser.get("/oauth/logout", id_token_hint=given["id_token"])
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert await _out(world, partner, given)


async def test_RpInitiatedLogoutNoState(world: World) -> None:
    _, browser, given = await _signed_in(world)
    answer = await browser.get("/oauth/logout", id_token_hint=given["id_token"], post_logout_redirect_uri=BYE)
    assert answer.headers["location"] == BYE


async def test_RpInitiatedLogoutOnlyState(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    page = await browser.get("/oauth/logout", state="x")
    assert (page.status_code, "confirm" in page.text) == (200, True)
    assert not await _out(world, partner, given)


async def test_RpInitiatedLogoutQueryAddedToLogoutRedirectUri(world: World) -> None:
    partner, browser, given = await _signed_in(world)
    answer = await browser.get("/oauth/logout", id_token_hint=given["id_token"], post_logout_redirect_uri=f"{BYE}?foo=bar")
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert await _out(world, partner, given)


async def test_BackchannelLogoutDiscoveryEndpointVerification(world: World) -> None:
    told = (await world.http.get("/.well-known/openid-configuration")).json()
    assert told["backchannel_logout_supported"] is True
    assert told["backchannel_logout_session_supported"] is True


async def test_BackChannelRpInitiatedLogout(world: World) -> None:
    async with listening_party() as party:
        partner, browser, given = await _signed_in(world, backchannel_logout_uri=party.url)
        await browser.get("/oauth/logout", id_token_hint=given["id_token"])
        await run_jobs(world.hub.process.database, "on.identity.tell_relying_parties")
        assert await run_jobs(world.hub.process.database, DELIVER) == 1
        await _check_token(world, partner, party, given)


async def _check_token(world: World, partner: Partner, party: RelyingParty, given: dict[str, Any]) -> None:
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    hint = jwt.decode(given["id_token"], keys, algorithms=["ES256"]).claims
    told = jwt.decode(party.heard[0], keys, algorithms=["ES256"])
    assert told.header["typ"] == "logout+jwt"
    assert told.claims["events"] == {EVENT: {}}
    assert "nonce" not in told.claims
    assert (told.claims["sub"], told.claims["sid"], told.claims["aud"]) == (hint["sub"], hint["sid"], partner.client_id)
