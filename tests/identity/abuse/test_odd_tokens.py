"""Tokens built to be awkward are refused in words wherever one may be sent; none of them is a fault of ours."""

import base64
from typing import Any

import orjson
import pytest
from joserfc import jws

from tests.identity.conformance.conftest import World
from tests.support.partners import ASSERTION_TYPE, Partner, seconds_ahead

HEADERS: tuple[Any, ...] = (
    {"alg": "ES256", "crit": [{}]},
    {"alg": "ES256", "crit": [[]]},
    {"alg": {}},
    {"alg": ["ES256"]},
    [],
    None,
    {"alg": "ES256", "kid": {}},
)


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def _signed(partner: Partner, payload: bytes) -> str:
    return jws.serialize_compact({"alg": "ES256", "kid": str(partner.key.kid)}, payload, partner.key, algorithms=["ES256"])


@pytest.mark.parametrize("header", HEADERS)
async def test_no_header_of_a_token_is_a_fault(world: World, header: Any) -> None:
    partner = await world.partner()
    token = f"{_part(header)}.{_part({'sub': partner.client_id})}.AAAA"
    for scheme in ("Bearer", "DPoP"):
        answer = await world.http.get("/v1/me", headers={"Authorization": f"{scheme} {token}"})
        assert answer.status_code == 401, header
    assert (await world.http.get("/oauth/logout", params={"id_token_hint": token})).status_code == 200
    assertion = {"client_assertion": token, "client_assertion_type": ASSERTION_TYPE}
    refused = await world.http.post("/oauth/introspect", data={"token": "x"} | assertion)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert await partner.introspect(token) == {"active": False}
    pushed = await partner.send("/oauth/par", {"request": token})
    assert pushed.json()["error"] == "invalid_request_object"


@pytest.mark.parametrize("claim", [b'"\\ud800"', b"[" * 3000 + b"]" * 3000])
async def test_what_json_allows_and_no_text_is_is_refused(world: World, claim: bytes) -> None:
    partner = await world.partner()
    claims = partner.parameters() | {"iss": partner.client_id, "aud": "http://localhost:8000", "exp": seconds_ahead(60)}
    payload = orjson.dumps(claims | {"state": "here"}).replace(b'"here"', claim)
    answer = await partner.send("/oauth/par", {"request": _signed(partner, payload)})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")
