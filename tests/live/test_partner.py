"""A partner from registration to withdrawal, by docs/identity and a stock OAuth library alone, against a running house."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from authlib.integrations.base_client import OAuthError
from joserfc.jwk import ECKey

from app.demo.devices.mobile import Phone
from hanoismart.ids import new_id
from identity.access.models import Role
from identity.api.specimens import Sex, SpecimenDocument, personal_number
from tests.support.live import Live, until
from tests.support.parties import RelyingParty, listening_party
from tests.support.partners import Browser, boxes

PAGE = Path(__file__).parents[2] / "docs/identity/relying-parties.md"
BLOCKS = [str(block) for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)]
BORN = date(1988, 5, 2)


@pytest_asyncio.fixture
async def party() -> AsyncIterator[RelyingParty]:
    async with listening_party() as listening:
        yield listening


def a_tax_code() -> str:
    """Ten digits whose last checks the others (Circular 86/2024, after Decision 1279/TCT)."""
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    while True:
        digits = f"{new_id().int % 10**9:09d}"
        check = 10 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if check <= 9:
            return digits + str(check)


async def registered(live: Live, party: RelyingParty, key: ECKey) -> str:
    """The organisation, its client, and the officers who let both in; all through the public API."""
    developer, officer = await live.phone(name="Hòa"), await live.phone(name="Thu", roles=(Role.REGISTRAR, Role.ADMINISTRATOR))
    company = {"code": a_tax_code(), "name_vi": "Thư viện", "name_en": "Library", "kind": "enterprise"}
    organisation = (await developer.call("POST", "/v1/organisations", json=company)).raise_for_status().json()["id"]
    (await officer.call("POST", f"/v1/staff/organisations/{organisation}/confirmation")).raise_for_status()
    party.served["jwks.json"] = {"keys": [key.as_dict(private=False)]}
    body = {
        "name": {"vi": "Thư viện Hà Nội", "en": "Hanoi Library"},
        "redirect_uris": ["https://library.example/callback"],
        "scopes": ["openid", "profile"],
        "purposes": {
            name: {"vi": "Làm thẻ thư viện", "en": "To make a library card"}
            for name in ("profile", "claim:birthdate", "claim:personal_number")
        },
        "jwks_uri": f"{party.base}/documents/jwks.json",
        "backchannel_logout_uri": party.url,
    }
    await developer.sign_in(prompt="login")
    made = await developer.call("POST", f"/v1/organisations/{organisation}/clients", json=body)
    client_id: str = made.raise_for_status().json()["client_id"]

    async def let_in() -> bool:
        """An officer can once the keys were read."""
        return (await officer.call("PUT", f"/v1/staff/clients/{client_id}/state", json={"state": "active"})).status_code == 204

    await until(let_in, what="the client's keys are read")
    return client_id


async def lan_of(live: Live) -> Phone:
    number = personal_number(BORN, Sex.FEMALE, new_id().int % 10**6)
    _, enrolment = await live.proved(SpecimenDocument.cccd("Nguyễn Thị Lan", number, BORN, Sex.FEMALE, date(2033, 5, 2)))
    return await live.enrolled(enrolment)


async def test_a_partner_signs_a_person_in_and_hears_when_it_is_over(live: Live, party: RelyingParty) -> None:
    key = ECKey.generate_key("P-256", {"kid": "library-1"}, private=True)
    told: dict[str, Any] = {
        "ISSUER": live.base,
        "REDIRECT": "https://library.example/callback",
        "KEYS": {"keys": [key.as_dict(private=True)]},
    }
    told["CLIENT_ID"] = await registered(live, party, key)
    for block in BLOCKS:
        exec(compile(block, "docs/identity/relying-parties.md", "exec"), told)  # noqa: S102 (running the documentation is the test)
    lan = await lan_of(live)
    browser = Browser.of(lan)
    async with told["library"]() as library:
        tokens = await _signed_in(told, library, browser, ("profile", "claim:birthdate", "claim:personal_number"))
        facts = await told["userinfo"](library, tokens["access_token"])
        assert (facts["name"], facts["birthdate"]) == ("Nguyễn Thị Lan", "1988-05-02")
        assert facts["verified_claims"]["verification"]["assurance_level"] == "urn:hanoi:loa:2"
        assert re.fullmatch(r"\d{12}", facts["verified_claims"]["claims"]["personal_number"])
        assert tokens["claims"]["sub"] == facts["sub"]
        tokens |= await told["refresh"](library, tokens["refresh_token"])
        await _sees_the_reading(lan)
        await _withdraws(told, library, lan, party, tokens)
        again = await _signed_in(told, library, browser, ("profile",))
        facts = await told["userinfo"](library, again["access_token"])
        assert facts["verified_claims"]["claims"] == {"name": "Nguyễn Thị Lan"}
        assert "birthdate" not in facts
        await _signs_out(told, library, browser, party, again)


async def _signed_in(told: dict[str, Any], library: Any, browser: Browser, agree: tuple[str, ...]) -> dict[str, Any]:
    address, visit = await told["begin"](library)
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    page = await browser.get("/oauth/authorize", **query)
    assert set(boxes(page)) == {"profile", "claim:birthdate", "claim:personal_number"}
    back = await browser.agree(page, *agree)
    answer = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}
    tokens: dict[str, Any] = await told["finish"](library, answer, visit)
    return tokens


async def _sees_the_reading(lan: Phone) -> None:
    rows = (await lan.call("GET", "/v1/me/disclosures")).json()["items"]
    mine = [row for row in rows if row["organisation"]["en"] == "Hanoi Library"]
    assert {"name", "identity_number", "birth_date"} <= {name for row in mine for name in row["attributes"]}
    assert {row["purpose"]["en"] for row in mine} == {"To make a library card"}


async def _withdraws(told: dict[str, Any], library: Any, lan: Phone, party: RelyingParty, tokens: dict[str, Any]) -> None:
    (await lan.call("DELETE", f"/v1/me/consents/{told['CLIENT_ID']}")).raise_for_status()

    async def refused() -> bool:
        with contextlib.suppress(Exception):
            await told["userinfo"](library, tokens["access_token"])
            return False
        return True

    await until(refused, seconds=5, what="userinfo is refused after a withdrawal")
    with pytest.raises(OAuthError, match="invalid_grant"):
        await told["refresh"](library, tokens["refresh_token"])

    async def heard() -> bool:
        return len(party.heard) == 1

    await until(heard, what="the partner hears of the withdrawal")
    assert await told["logged_out"](library, party.heard[0]) == (tokens["claims"]["sub"], tokens["claims"]["sid"])
    with pytest.raises(ValueError, match="not a logout token"):
        await told["logged_out"](library, party.heard[0])
    # What is issued in the very second of a revocation counts as revoked: nobody agrees anew that fast, but a test does.
    await asyncio.sleep(1.1)


async def _signs_out(told: dict[str, Any], library: Any, browser: Browser, party: RelyingParty, tokens: dict[str, Any]) -> None:
    await browser.get("/oauth/logout", id_token_hint=tokens["id_token"])

    async def heard() -> bool:
        return len(party.heard) == 2

    await until(heard, what="the partner hears of the logout")
    assert (await told["logged_out"](library, party.heard[1]))[0] == tokens["claims"]["sub"]
    with pytest.raises(OAuthError, match="invalid_grant"):
        await told["refresh"](library, tokens["refresh_token"])
