"""The modules of the OpenID FAPI 2.0 Security Profile test plan, by name (flow and client authentication)."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from hanoismart.clock import FixedClock, now, use
from tests.identity.conformance.conftest import World
from tests.support.hubs import BASE
from tests.support.partners import hidden, query, seconds_ahead


async def test_HappyFlow(world: World) -> None:
    partner = await world.partner()
    uri = await partner.request_uri(state="state-1", nonce="nonce-1")
    back = await world.browser.go(partner.client_id, uri)
    assert back.headers["location"].startswith(partner.redirect + "?")
    assert query(back).keys() == {"code", "state", "iss"}
    assert (query(back)["state"], query(back)["iss"]) == ("state-1", BASE)
    answer = (await partner.redeem(query(back)["code"])).json()
    assert (answer["token_type"], answer["expires_in"]) == ("DPoP", 300)
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    claims = jwt.decode(answer["id_token"], keys, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (BASE, partner.client_id, "nonce-1")
    assert (await partner.userinfo(answer["access_token"])).json()["sub"] == claims["sub"]


async def test_DiscoveryEndpointVerification(world: World) -> None:
    told = (await world.http.get("/.well-known/openid-configuration")).json()
    assert told["require_pushed_authorization_requests"] is True
    assert told["authorization_response_iss_parameter_supported"] is True
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt", "none"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert set(told["dpop_signing_alg_values_supported"]) >= {"ES256", "EdDSA"}
    assert not {"none", "RS256", "HS256"} & set(told["token_endpoint_auth_signing_alg_values_supported"])
    assert told["response_types_supported"] == ["code"]
    assert "password" not in told["grant_types_supported"]
    for name, value in told.items():
        if name.endswith("_endpoint"):
            assert urlsplit(value)._replace(path="", query="").geturl() == BASE, name


async def test_UserRejectsAuthentication(world: World) -> None:
    partner = await world.partner()
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(state="s"))
    back = query(await world.browser.post("/oauth/consent", hidden(page) | {"action": "refuse"}))
    assert back == {"error": "access_denied", "state": "s", "iss": BASE}
    uri = await partner.request_uri(prompt="login")
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    back = query(await world.browser.post("/oauth/authorize", hidden(page) | {"action": "cancel"}))
    assert (back["error"], back["iss"]) == ("access_denied", BASE)


async def test_RefreshToken(world: World) -> None:
    partner = await world.partner()
    first = await partner.sign_in(world.browser)
    answer = await partner.refresh(first["refresh_token"])
    assert answer.status_code == 200
    assert answer.json()["access_token"] != first["access_token"]
    assert (await partner.userinfo(answer.json()["access_token"])).status_code == 200


async def test_AccessTokenTypeHeaderCaseSensitivity(world: World) -> None:
    partner = await world.partner()
    token = (await partner.sign_in(world.browser))["access_token"]
    for scheme in ("DPoP", "dpop", "DPOP"):
        assert (await partner.call("GET", "/oauth/userinfo", token, scheme=scheme)).status_code == 200, scheme


async def test_EnsureRegisteredRedirectUri(world: World) -> None:
    partner = await world.partner()
    answer = await partner.push(redirect_uri="https://partner.example/other")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_EnsureRedirectUriInAuthorizationRequest(world: World) -> None:
    partner = await world.partner()
    answer = await partner.push(redirect_uri=None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("asked", ["token"])
async def test_EnsureResponseTypeTokenFails(world: World, asked: str) -> None:
    answer = await (await world.partner()).push(response_type=asked)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_response_type")


@pytest.mark.parametrize("asked", ["code id_token", "id_token code", "id_token"])
async def test_EnsureResponseTypeCodeIdTokenFails(world: World, asked: str) -> None:
    answer = await (await world.partner()).push(response_type=asked)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_response_type")


async def test_EnsureAuthorizationCodeIsBoundToClient(world: World) -> None:
    first, second = await world.partner(), await world.partner()
    code = await first.code(world.browser)
    second.verifier = first.verifier
    assert (await second.redeem(code)).json()["error"] == "invalid_grant"
    assert (await first.redeem(code)).status_code == 200


async def test_EnsureOtherScopeOrderSucceeds(world: World) -> None:
    partner = await world.partner()
    answer = await partner.sign_in(world.browser, scope="profile openid")
    assert set(answer["scope"].split()) == {"openid", "profile"}


async def test_AttemptReuseAuthorizationCodeAfterOneSecond(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    first = (await partner.redeem(code)).json()
    with use(FixedClock(now() + timedelta(seconds=1))):
        assert (await partner.redeem(code)).json()["error"] == "invalid_grant"
        assert (await partner.introspect(first["access_token"])) == {"active": False}
        assert (await partner.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_AttemptToUseExpiredAuthCode(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    with use(FixedClock(now() + timedelta(seconds=62))):
        assert (await partner.redeem(code)).json()["error"] == "invalid_grant"


async def test_EnsureUnsignedAuthorizationRequestWithoutUsingParFails(world: World) -> None:
    partner = await world.partner()
    answer = await world.browser.get("/oauth/authorize", client_id=partner.client_id, **partner.parameters())
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_EnsureHolderOfKeyRequired(world: World) -> None:
    partner = await world.partner()
    answer = await partner.token(partner.redemption(await partner.code(world.browser)), proof=None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    token = (await partner.sign_in(world.browser))["access_token"]
    bare = await world.http.get("/oauth/userinfo", headers={"Authorization": f"DPoP {token}"})
    assert bare.status_code == 401
    assert bare.headers["www-authenticate"].startswith("DPoP ")


async def test_EnsureAuthorizationRequestWithLongState(world: World) -> None:
    partner = await world.partner()
    state = "ắ&=+%?#\"<>'" * 40
    back = await world.browser.go(partner.client_id, await partner.request_uri(state=state))
    assert query(back)["state"] == state
    assert (await partner.push(state="x" * 513)).json()["error"] == "invalid_request"


async def test_EnsureAuthorizationRequestWithLongNonce(world: World) -> None:
    partner = await world.partner()
    nonce = "n" * 512
    token = (await partner.sign_in(world.browser, nonce=nonce))["id_token"]
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    assert jwt.decode(token, keys, algorithms=["ES256"]).claims["nonce"] == nonce


async def test_EnsureAuthorizationRequestWith64CharNonceSuccess(world: World) -> None:
    assert "id_token" in await (await world.partner()).sign_in(world.browser, nonce="n" * 64)


async def test_EnsureAuthorizationRequestWithoutStateSuccess(world: World) -> None:
    partner = await world.partner()
    assert query(await world.browser.go(partner.client_id, await partner.request_uri(state=None))).keys() == {"code", "iss"}


async def test_EnsureAuthorizationRequestWithoutNonceSuccess(world: World) -> None:
    assert "id_token" in await (await world.partner()).sign_in(world.browser, nonce=None)


async def test_TestClaimsParameterIdentityClaims(world: World) -> None:
    partner = await world.partner()
    wished = '{"userinfo": {"name": {"essential": true}, "birthdate": null, "shoe_size": null}, "id_token": {"acr": null}}'
    token = (await partner.sign_in(world.browser, claims=wished))["access_token"]
    told = (await partner.userinfo(token)).json()
    assert told["name"] == "Nguyễn Thị Lan"
    assert "shoe_size" not in told


async def test_EnsureClientAssertionInTokenEndpoint(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    answer = await partner.token(partner.redemption(code), assertion={"client_id": partner.client_id})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert (await partner.redeem(code)).status_code == 200


async def test_EnsureClientIdInTokenEndpoint(world: World) -> None:
    """The assertion alone says who the client is; a `client_id` beside it must be the same."""
    partner, other = await world.partner(), await world.partner()
    code = await partner.code(world.browser)
    answer = await partner.token(partner.redemption(code), assertion=partner.assertion() | {"client_id": other.client_id})
    assert answer.json()["error"] == "invalid_client"
    alone = {name: value for name, value in partner.assertion().items() if name != "client_id"}
    assert (await partner.token(partner.redemption(code), assertion=alone)).status_code == 200


async def test_EnsureSignedClientAssertionWithRS256Fails(world: World) -> None:
    key = RSAKey.generate_key(2048, {"kid": "r1"}, private=True)
    partner = await world.partner(jwks={"keys": [key.as_dict(private=False)]})
    claims = {"iss": partner.client_id, "sub": partner.client_id, "aud": BASE, "exp": seconds_ahead(60), "jti": "a"}
    for algorithm, status in (("RS256", 401), ("PS256", 201)):
        token = jwt.encode({"alg": algorithm, "kid": "r1"}, claims | {"jti": algorithm}, key, algorithms=[algorithm])
        assertion = partner.assertion() | {"client_assertion": token}
        assert (await partner.push(assertion=assertion)).status_code == status, algorithm


@pytest.mark.parametrize(
    "bent",
    [{"exp": -300}],
)
async def test_EnsureClientAssertionWithExpIs5MinutesInPastFails(world: World, bent: dict[str, int]) -> None:
    partner = await world.partner()
    answer = await partner.push(assertion=partner.assertion(exp=seconds_ahead(bent["exp"])))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_EnsureClientAssertionWithNoSubFails(world: World) -> None:
    partner = await world.partner()
    answer = await partner.push(assertion=partner.assertion(sub=None))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_EnsureClientAssertionWithWrongAudFails(world: World) -> None:
    partner = await world.partner()
    answer = await partner.push(assertion=partner.assertion(aud="https://other.example"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
