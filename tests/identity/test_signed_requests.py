"""Signed requests (RFC 9101): what is signed counts, nothing from beside it does, and a client may insist on it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.identity.conformance.conftest import World, world
from tests.support.hubs import BASE
from tests.support.partners import Partner, query, seconds_ahead

__all__ = ["world"]


async def test_a_signed_request_signs_a_person_in(world: World) -> None:
    partner = await world.partner(require_signed_request_object=True)
    claims: dict[str, Any] = partner.parameters(state="signed") | {"claims": {"userinfo": {"name": None}}, "max_age": 10_000}
    answer = await partner.send("/oauth/par", {"request": partner.signed(claims)})
    assert answer.status_code == 201, answer.text
    back = query(await world.browser.go(partner.client_id, answer.json()["request_uri"]))
    assert back["state"] == "signed"
    assert (await partner.redeem(back["code"])).status_code == 200


async def test_a_client_that_signs_its_requests_is_heard_only_signed(world: World) -> None:
    partner = await world.partner(require_signed_request_object=True)
    answer = await partner.push()
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")


@pytest.mark.parametrize(
    "bent",
    [
        {"aud": "https://other.example"},
        {"aud": f"{BASE}/oauth/par"},
        {"iss": "somebody"},
        {"client_id": "somebody"},
        {"exp": None},
        {"exp": timedelta(seconds=-5)},
        {"exp": timedelta(hours=1)},
        {"nbf": timedelta(minutes=2)},
        {"request_uri": "https://partner.example/r"},
        {"state": True},
    ],
)
async def test_a_request_object_that_is_not_sound_is_refused(world: World, bent: dict[str, Any]) -> None:
    partner = await world.partner()
    bent = {name: seconds_ahead(int(value.total_seconds())) if isinstance(value, timedelta) else value for name, value in bent.items()}
    answer = await partner.send("/oauth/par", {"request": partner.signed(partner.parameters(), **bent)})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")


async def test_nothing_from_beside_counts_and_no_other_key_signs(world: World) -> None:
    partner = await world.partner()
    beside = await partner.send("/oauth/par", {"request": partner.signed(partner.parameters()), "redirect_uri": "https://evil.example"})
    assert beside.json()["error"] == "invalid_request_object"
    other = Partner(world.http, client_id=partner.client_id)
    foreign = await partner.send("/oauth/par", {"request": other.signed(partner.parameters())})
    assert foreign.json()["error"] == "invalid_request_object"
