"""The short ways of OAuth: they serve the plain case without a session, and leave whatever is not plain to the room, unspoilt."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey
from sqlalchemy import select

from app.main import Hub
from hanoismart.ids import new_id
from identity.clients.models import ClientKind
from identity.consent import service as consent
from identity.consent.models import Consent
from identity.disclosures.models import Disclosure
from kernel import audit
from kernel.models import AuditEntry
from tests.support.hubs import BASE, phone_of
from tests.support.partners import Browser, Partner, query
from tests.support.statements import statements


class World:
    """Lan's browser, and a partner she has signed in to before."""

    def __init__(self, hub: Hub, web: httpx.AsyncClient, browser: Browser) -> None:
        self.hub, self.web, self.browser = hub, web, browser
        self.database = hub.process.database

    async def partner(self, **more: Any) -> Partner:
        partner = await Partner(self.web, client_id=f"partner-{new_id().hex}").register(self.hub, **more)
        if more.get("kind") is ClientKind.PUBLIC:
            partner.assertion = lambda **_bent: {"client_id": partner.client_id}  # type: ignore[method-assign]  # it has no keys
        await partner.sign_in(self.browser)
        return partner


@pytest_asyncio.fixture
async def world(whole_hub: Hub, web: httpx.AsyncClient) -> AsyncIterator[World]:
    yield World(whole_hub, web, Browser.of(await phone_of(whole_hub.process, web)))


@pytest.mark.parametrize("kind", [ClientKind.PUBLIC, ClientKind.CONFIDENTIAL])
async def test_a_plain_request_needs_no_session(world: World, kind: ClientKind) -> None:
    partner = await world.partner(kind=kind, **({"jwks": None} if kind is ClientKind.PUBLIC else {}))
    with statements(world.database) as said:
        uri = await partner.request_uri(state="a b")
        back = query(await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri))
        given = (await partner.redeem(back["code"])).json()
        again = (await partner.refresh(given["refresh_token"])).json()
        told = (await partner.userinfo(again["access_token"])).json()
    assert not [statement for statement in said if "revocation" not in statement and "registry_change" not in statement]
    assert (back["state"], back["iss"], given["scope"], again["refresh_token"]) == ("a b", BASE, "openid profile", given["refresh_token"])
    assert told == {"sub": told["sub"], "acr": "urn:hanoi:loa:2", "name": "Lan", "locale": "vi"}


async def test_the_same_request_many_times_at_once_is_served_once(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    proof, assertion = partner.dpop.proof("POST", f"{BASE}/oauth/token"), partner.assertion()
    form = partner.redemption(code)
    answers = await asyncio.gather(*(partner.token(form, proof=proof, assertion=assertion) for _ in range(12)))
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert {answer.status_code for answer in answers} <= {200, 400, 401}


async def test_a_reference_opened_many_times_at_once_gives_one_code(world: World) -> None:
    partner = await world.partner()
    uri = await partner.request_uri()
    opened = (world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri) for _ in range(12))
    answers = await asyncio.gather(*opened)
    assert sorted(answer.status_code for answer in answers) == [303] + [400] * 11


async def test_a_proof_used_before_spoils_no_code(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    proof = partner.dpop.proof("POST", f"{BASE}/oauth/token")
    await partner.token({"grant_type": "client_credentials", "scope": "openid"}, proof=proof)
    refused = await partner.token(partner.redemption(code), proof=proof)
    assert refused.json()["error"] == "invalid_dpop_proof"
    assert (await partner.redeem(code)).status_code == 200


async def test_an_assertion_used_before_names_the_client_as_the_fault(world: World) -> None:
    partner = await world.partner()
    code, assertion = await partner.code(world.browser), partner.assertion()
    assert (await partner.push(assertion=assertion)).status_code == 201
    partner_code = partner.redemption(code, code_verifier=partner.verifier)
    refused = await partner.token(partner_code, assertion=assertion)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_key_taken_out_of_a_registration_counts_nowhere_from_then_on(world: World) -> None:
    partner = await world.partner()
    given = await partner.sign_in(world.browser)
    old, partner.key = partner.key, ECKey.generate_key("P-256", {"kid": "p1"}, private=True)
    await partner.register(world.hub)
    assert (await partner.refresh(given["refresh_token"])).status_code == 200
    partner.key = old
    refused = await partner.refresh(given["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_what_is_told_is_logged_for_the_person_and_for_the_office(world: World) -> None:
    partner = await world.partner()
    given = await partner.sign_in(world.browser)
    assert (await partner.userinfo(given["access_token"])).json()["name"] == "Lan"
    async with world.database.transaction() as session:
        row = (await session.scalars(select(Disclosure).where(Disclosure.reader_id == partner.client_id))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.actor == f"client:{partner.client_id}"))).one()
        assert (row.attributes, row.purpose_code, row.legal_basis, row.role) == (["name"], "sign_in", "consent", "relying_party")
        assert (row.organisation_vi, row.purpose_en, row.visible_from) == ("Thư viện", "To send you your library card", row.at)
        assert (entry.action, entry.subject, entry.request_id) == ("disclosure.read", f"person:{row.person_id}", row.request_id)
        assert entry.facts == {"disclosure": str(row.id), "attributes": ["name"], "purpose": "sign_in"}
        await audit.seal(session, None)  # type: ignore[arg-type]  # the run of a job, which it does not look at
        assert await audit.broken_at(session) is None


async def test_after_a_withdrawal_nothing_is_told_and_the_person_is_asked_again(world: World) -> None:
    partner = await world.partner()
    given = await partner.sign_in(world.browser)
    async with world.database.transaction() as session:
        person_id = (await session.scalars(select(Consent.person_id).where(Consent.client_id == partner.client_id))).first()
        assert person_id is not None
        await consent.withdraw(session, person_id, partner.client_id, ["profile"])
    assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    assert (page.status_code, 'action="/oauth/consent"' in page.text) == (200, True)


async def test_changed_words_are_another_agreement(world: World) -> None:
    partner = await world.partner()
    await partner.register(world.hub, purposes={})
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    assert (page.status_code, 'action="/oauth/consent"' in page.text) == (200, True)


@pytest.mark.parametrize("more", [{"prompt": "login"}, {"prompt": "consent"}, {"max_age": "0"}, {"acr_values": "urn:hanoi:loa:3"}])
async def test_what_asks_more_of_the_person_is_not_answered_at_once(world: World, more: dict[str, str]) -> None:
    partner = await world.partner()
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(**more))
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"redirect_uri": "https://partner.example/elsewhere"}, "invalid_request"),
        ({"scope": "openid invest.read"}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"dpop_jkt": "another"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"max_age": "soon"}, "invalid_request"),
    ],
)
async def test_a_push_that_is_not_right_is_refused_with_its_own_error(world: World, more: dict[str, Any], error: str) -> None:
    partner = await world.partner()
    refused = await partner.push(**more)
    assert (refused.status_code, refused.json()["error"]) == (400, error)


async def test_a_form_that_is_no_form_is_refused_as_ever(world: World) -> None:
    refused = await world.web.post("/oauth/token", json={"grant_type": "authorization_code"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    twice = await world.web.post(
        "/oauth/token",
        content="grant_type=refresh_token&grant_type=refresh_token",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (twice.status_code, twice.json()["error_description"]) == (400, "a parameter stands twice")
