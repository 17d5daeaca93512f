"""The modules of the FAPI 2.0 test plan about DPoP (RFC 9449), by name."""

import base64
import hashlib
import secrets
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from app.demo.devices.proofs import DpopKey
from identity.oauth.algorithms import REGISTRY
from tests.identity.conformance.conftest import World
from tests.support.hubs import BASE
from tests.support.partners import Partner, query, seconds_ahead

TOKEN = f"{BASE}/oauth/token"
USERINFO = f"{BASE}/oauth/userinfo"


async def _refreshed(partner: Partner, refresh: str, proof: str | None) -> tuple[int, str]:
    answer = await partner.token({"grant_type": "refresh_token", "refresh_token": refresh}, proof=proof)
    return answer.status_code, answer.json().get("error", "")


async def test_EnsureDpopProofWithIat10SecondsBeforeSucceeds(world: World) -> None:
    partner = await world.partner()
    refresh = (await partner.sign_in(world.browser))["refresh_token"]
    assert (await _refreshed(partner, refresh, partner.dpop.proof("POST", TOKEN, iat=seconds_ahead(-10))))[0] == 200


async def test_EnsureDpopProofWithIat10SecondsAfterSucceeds(world: World) -> None:
    partner = await world.partner()
    refresh = (await partner.sign_in(world.browser))["refresh_token"]
    assert (await _refreshed(partner, refresh, partner.dpop.proof("POST", TOKEN, iat=seconds_ahead(10))))[0] == 200


async def test_EnsureDpopAuthCodeBindingSuccess(world: World) -> None:
    partner = await world.partner()
    answer = await partner.send("/oauth/par", partner.parameters(dpop_jkt=partner.dpop.thumbprint), proof=None)
    back = await world.browser.go(partner.client_id, answer.json()["request_uri"])
    assert (await partner.redeem(query(back)["code"])).status_code == 200


async def test_EnsureDpopProofAtParEndpointBindingSuccess(world: World) -> None:
    partner = await world.partner()
    assert (await partner.redeem(await partner.code(world.browser))).status_code == 200


async def test_EnsureMismatchedDpopJktFails(world: World) -> None:
    answer = await (await world.partner()).push(dpop_jkt=DpopKey().thumbprint)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_EnsureTokenEndpointFailsWithMismatchedDpopJkt(world: World) -> None:
    partner = await world.partner()
    answer = await partner.send("/oauth/par", partner.parameters(dpop_jkt=DpopKey().thumbprint), proof=None)
    back = await world.browser.go(partner.client_id, answer.json()["request_uri"])
    assert (await partner.redeem(query(back)["code"])).json()["error"] == "invalid_grant"


async def test_EnsureTokenEndpointFailsWithMismatchedDpopProofJkt(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    answer = await partner.token(partner.redemption(code), proof=DpopKey().proof("POST", TOKEN))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_CheckDpopProofNbfExp(world: World) -> None:
    partner = await world.partner()
    refresh = (await partner.sign_in(world.browser))["refresh_token"]
    good = partner.dpop.proof("POST", TOKEN, nbf=seconds_ahead(-5), exp=seconds_ahead(60))
    assert (await _refreshed(partner, refresh, good))[0] == 200
    for bent in ({"exp": seconds_ahead(-120)}, {"nbf": seconds_ahead(120)}, {"exp": "soon"}):
        assert await _refreshed(partner, refresh, partner.dpop.proof("POST", TOKEN, **bent)) == (400, "invalid_dpop_proof"), bent


def _proof(key: Any, *, url: str, header: dict[str, Any], token: str | None = None, drop: tuple[str, ...] = (), **claims: Any) -> str:
    """A proof with whatever is wrong with it."""
    claims = {"jti": secrets.token_urlsafe(8), "htm": "POST" if token is None else "GET", "htu": url, "iat": seconds_ahead(0)} | claims
    if token is not None:
        claims = {"ath": base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")} | claims
    body = {name: value for name, value in claims.items() if name not in drop}
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)} | header
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(head, body, key, algorithms=["ES256", "RS256", "HS256", "EdDSA"])


def _unsigned(key: ECKey, url: str) -> str:
    header = {"typ": "dpop+jwt", "alg": "none", "jwk": key.as_dict(private=False)}
    body = {"jti": secrets.token_urlsafe(8), "htm": "POST", "htu": url, "iat": seconds_ahead(0)}
    return ".".join(base64.urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in (header, body)) + "."


def _bent_proofs(key: ECKey) -> dict[str, str]:
    """Every proof that must not count at the token endpoint."""
    rsa = RSAKey.generate_key(2048, private=True)
    made = DpopKey()
    made.key = key
    good = made.proof("POST", TOKEN)
    head, body, signature = good.split(".")
    return {
        "malformed": "not.a.proof",
        "truncated": f"{head}.{body}",
        "bad signature": f"{head}.{body}.{signature[:-4]}AAAA",
        "other key signed": f"{head}.{body}.{DpopKey().proof('POST', TOKEN).split('.')[2]}",
        "typ missing": _proof(key, url=TOKEN, header={"typ": None}),
        "wrong typ": _proof(key, url=TOKEN, header={"typ": "JWT"}),
        "jwk missing": _proof(key, url=TOKEN, header={"jwk": None}),
        "private jwk": _proof(key, url=TOKEN, header={"jwk": key.as_dict(private=True)}),
        "alg none": _unsigned(key, TOKEN),
        "RS256": _proof(rsa, url=TOKEN, header={"alg": "RS256"}),
        "HS256": _proof(OctKey.generate_key(256), url=TOKEN, header={"alg": "HS256", "jwk": key.as_dict(private=False)}),
        "jti missing": _proof(key, url=TOKEN, header={}, drop=("jti",)),
        "htm missing": _proof(key, url=TOKEN, header={}, drop=("htm",)),
        "htu missing": _proof(key, url=TOKEN, header={}, drop=("htu",)),
        "iat missing": _proof(key, url=TOKEN, header={}, drop=("iat",)),
        "wrong htm": _proof(key, url=TOKEN, header={}, htm="GET"),
        "wrong htu": _proof(key, url=TOKEN, header={}, htu=USERINFO),
        "htu of another host": _proof(key, url=TOKEN, header={}, htu="https://evil.example/oauth/token"),
        "htu is no string": _proof(key, url=TOKEN, header={}, htu=["x"]),
        "jti is no string": _proof(key, url=TOKEN, header={}, jti=7),
    }


async def test_DpopNegativeTests(world: World) -> None:
    partner = await world.partner()
    given = await partner.sign_in(world.browser)
    refresh, token = given["refresh_token"], given["access_token"]
    for name, proof in _bent_proofs(partner.dpop.key).items():
        assert await _refreshed(partner, refresh, proof) == (400, "invalid_dpop_proof"), name
    assert await _refreshed(partner, refresh, None) == (400, "invalid_dpop_proof")
    assert (await _refreshed(partner, refresh, DpopKey().proof("POST", TOKEN)))[1] == "invalid_grant"
    once = partner.dpop.proof("POST", TOKEN)
    assert (await _refreshed(partner, refresh, once))[0] == 200
    assert await _refreshed(partner, refresh, once) == (400, "invalid_dpop_proof")
    for far in (-120, 120):
        stale = await partner.token(
            {"grant_type": "refresh_token", "refresh_token": refresh}, proof=partner.dpop.proof("POST", TOKEN, iat=seconds_ahead(far))
        )
        assert (stale.status_code, stale.json()["error"]) == (400, "use_dpop_nonce")
        late = partner.dpop.proof("POST", TOKEN, iat=seconds_ahead(far), nonce=stale.headers["dpop-nonce"])
        assert (await _refreshed(partner, refresh, late))[0] == 200, "the server's own nonce tells the age better"
    assert (await _refreshed(partner, refresh, partner.dpop.proof("POST", TOKEN, nonce="old")))[1] == "use_dpop_nonce"
    await _negative_at_resource(world, partner, token)


async def _negative_at_resource(world: World, partner: Partner, token: str) -> None:
    key = partner.dpop.key
    for name, proof in {
        "ath missing": _proof(key, url=USERINFO, header={}, token=token, drop=("ath",)),
        "wrong ath": _proof(key, url=USERINFO, header={}, token="other"),
        "other key": DpopKey().proof("GET", USERINFO, token=token),
    }.items():
        answer = await world.http.get("/oauth/userinfo", headers={"Authorization": f"DPoP {token}", "DPoP": proof})
        assert answer.status_code == 401, name
        assert answer.headers["www-authenticate"].startswith("DPoP "), name
    passing = _proof(key, url=USERINFO, header={}, token=token, shoe_size=38)
    for header in ("DPoP", "DPOP", "dpop"):
        fresh = _proof(key, url=USERINFO, header={}, token=token, jti=header) if header != "DPoP" else passing
        answer = await world.http.get("/oauth/userinfo", headers={"Authorization": f"DPoP {token}", header: fresh})
        assert answer.status_code == 200, header
    two = [("Authorization", f"DPoP {token}"), ("DPoP", partner.dpop.proof("GET", USERINFO, token=token))]
    doubled = await world.http.get("/oauth/userinfo", headers=[*two, ("DPoP", partner.dpop.proof("GET", USERINFO, token=token))])
    assert doubled.status_code == 401


@pytest.mark.parametrize("htu", ["HTTP://LOCALHOST:8000/oauth/token", f"{TOKEN}?a=b", f"{TOKEN}#part"])
async def test_htu_ignores_case_of_host_query_and_fragment(world: World, htu: str) -> None:
    partner = await world.partner()
    refresh = (await partner.sign_in(world.browser))["refresh_token"]
    assert (await _refreshed(partner, refresh, partner.dpop.proof("POST", TOKEN, htu=htu)))[0] == 200


async def test_an_ed25519_key_proves_possession_by_either_name(world: World) -> None:
    partner = await world.partner()
    key = OKPKey.generate_key("Ed25519", private=True)
    for name in ("EdDSA", "Ed25519"):
        header = {"typ": "dpop+jwt", "alg": name, "jwk": key.as_dict(private=False)}
        body = {"jti": name, "htm": "POST", "htu": TOKEN, "iat": seconds_ahead(0)}
        proof = jwt.encode(header, body, key, registry=REGISTRY)
        answer = await partner.token({"grant_type": "client_credentials", "scope": "openid"}, proof=proof)
        assert answer.status_code == 200, name
