"""VNeID, spoken to on a real socket: twenty people and what becomes of each, and nobody gets in by another's browser."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import select

from app.demo.clients import register_clients
from app.demo.devices.mobile import CLIENT_ID, REDIRECT
from app.demo.fakes import vneid as fake
from app.demo.fakes.serving import serving
from app.demo.fakes.vneid import PERSONAS
from hanoismart.server.database import Database
from identity.federation.routes import router
from identity.federation.settings import VneidSettings
from identity.federation.vneid import Vneid
from identity.people.models import Person, PersonDocument
from identity.proofing import enrolments
from identity.proofing.models import FederatedProofing, ProofingSession
from identity.proofing.routes import router as reviews
from kernel.models import AuditEntry
from kernel.settings import UnsafeSettings
from tests.support.apps import Served, served
from tests.support.people import a_person, a_sign_in

CALLBACK = "http://localhost:8000/v1/proofing/vneid/callback"
BEGIN = {"client_id": CLIENT_ID, "return_to": REDIRECT}
SECRET = "fake secret"


def own_settings(address: str, **changes: Any) -> VneidSettings:
    values: dict[str, Any] = {name.removeprefix("HANOISMART_").lower(): value for name, value in fake.settings(address, SECRET).items()}
    return VneidSettings(_env_file=None, **values | {"vneid_seconds": 1.0} | changes)


@asynccontextmanager
async def opened(database: Database, **changes: Any) -> AsyncIterator[tuple[Served, fake.Vneid]]:
    provider = fake.Vneid("hanoismart-demo", SECRET)
    async with database.transaction() as session:
        await register_clients(session)
    async with serving(provider.app()) as address:
        provider.address = address
        parts = {"vneid": Vneid(own_settings(address, **changes), CALLBACK)}
        async with served(database, [router, reviews], parts=parts) as hub:
            yield hub, provider


async def gone(hub: Served, begun: dict[str, Any], persona: str) -> dict[str, str]:
    """The browser at VNeID as `persona`, and back: what the app's address is called with."""
    async with httpx.AsyncClient() as browser:
        at_vneid = await browser.get(f"{begun['authorization_url']}&persona={persona}")
    assert at_vneid.status_code == 303, at_vneid.text
    returned = await hub.client.get(at_vneid.headers["location"])
    assert returned.status_code == 303, returned.text
    assert returned.headers["location"].startswith(REDIRECT)
    said = {name: values[0] for name, values in parse_qs(urlsplit(returned.headers["location"]).query).items()}
    assert said.pop("proofing") == begun["id"]
    return said


async def proved(hub: Served, persona: str, database: Database | None = None, person: UUID | None = None) -> httpx.Response:
    place = "/v1/proofing/vneid"
    if database is not None and person is not None:
        async with database.transaction() as session:
            hub.caller.person(person, session_id=await a_sign_in(session, person))
        place = "/v1/me/proofing/vneid"
    begun = await hub.client.post(place, json=BEGIN)
    assert begun.status_code == 201, begun.text
    said = await gone(hub, begun.json(), persona)
    headers = {"Proofing-Secret": begun.json()["secret"]}
    return await hub.client.post(f"{place}/{begun.json()['id']}/finish", json=said, headers=headers)


def test_there_are_twenty_people() -> None:
    assert len(PERSONAS) == 20


@pytest.mark.parametrize(
    ("persona", "state", "level"),
    [
        ("lan", "verified", 2),
        ("minh", "verified", 2),
        ("hoa_level_1", "verified", 1),
        ("thu_level_1", "verified", 1),
        ("an_under_14", "verified", 2),
        ("binh_under_18", "verified", 2),
        ("anna_foreigner", "verified", 2),
        ("old_number", "verified", 2),
        ("mismatch", "in_review", 1),
    ],
)
async def test_whom_vneid_vouches_for_has_an_account_of_that_level(persona: str, state: str, level: int, db: Database) -> None:
    async with opened(db) as (hub, _):
        answer = await proved(hub, persona)
    assert (answer.status_code, answer.json()["state"]) == (200, state), answer.text
    async with db.transaction() as session:
        person = await session.scalar(select(Person))
        assert person is not None
        assert (person.level, person.display_name) == (level, PERSONAS[persona]["name"])
        assert person.kind == ("foreigner" if persona == "anna_foreigner" else "resident")
        assert person.adult_on == {"an_under_14": date(2033, 1, 1), "binh_under_18": date(2028, 6, 1)}.get(persona)
        if state == "verified":
            assert await enrolments.redeem(session, answer.json()["enrolment"]) == person.id
        assert list(await session.scalars(select(FederatedProofing.session_id))) == []


@pytest.mark.parametrize(
    ("persona", "status", "step"),
    [
        ("short_card", 422, "document"),
        ("dead_document", 422, "status"),
        ("no_level", 422, "level"),
        ("no_number", 422, "claims"),
        ("no_birth_date", 422, "claims"),
        ("denied", 422, "denied"),
        ("error", 422, "error"),
        ("wrong_nonce", 422, "id_token"),
        ("wrong_key", 422, "id_token"),
        ("expired_token", 422, "id_token"),
        ("slow", 503, None),
    ],
)
async def test_what_does_not_hold_is_refused_by_name_and_nothing_is_kept(persona: str, status: int, step: str | None, db: Database) -> None:
    async with opened(db) as (hub, _):
        answer = await proved(hub, persona)
    assert (answer.status_code, answer.json().get("step")) == (status, step), answer.text
    async with db.session() as session:
        assert list(await session.scalars(select(Person.id))) == []
        assert list(await session.scalars(select(ProofingSession.state))) == ["refused"]
        assert list(await session.scalars(select(AuditEntry.action))) == ["proofing.refused"]


async def test_an_attempt_counts_once_and_only_with_its_secret_and_its_code(db: Database) -> None:
    async with opened(db) as (hub, _):
        first, second = [(await hub.client.post("/v1/proofing/vneid", json=BEGIN)).json() for _ in range(2)]
        said = await gone(hub, first, "lan")
        finish = f"/v1/proofing/vneid/{first['id']}/finish"
        stolen = await hub.client.post(finish, json=said, headers={"Proofing-Secret": second["secret"]})
        assert stolen.status_code == 404
        # somebody lured Lan's browser through a way of their own: her code does not fit the verifier of another way
        injected = await hub.client.post(
            f"/v1/proofing/vneid/{second['id']}/finish", json=said, headers={"Proofing-Secret": second["secret"]}
        )
        assert injected.json()["code"] == "proofing.vneid_refused"
        again = await hub.client.post(finish, json=await gone(hub, first, "lan"), headers={"Proofing-Secret": first["secret"]})
        assert again.json()["state"] == "verified"
        used = await hub.client.post(finish, json=said, headers={"Proofing-Secret": first["secret"]})
        assert used.status_code in {404, 409}
        assert (await hub.client.get(CALLBACK.removeprefix("http://localhost:8000"), params={"state": "nobody's"})).status_code == 404


async def test_only_a_registered_address_of_ours_is_returned_to(db: Database) -> None:
    async with opened(db) as (hub, _):
        for wrong in ({"return_to": "https://evil.example/cb"}, {"client_id": "nobody"}, {"return_to": REDIRECT + "/x"}):
            answer = await hub.client.post("/v1/proofing/vneid", json=BEGIN | wrong)
            assert (answer.status_code, answer.json()["code"]) == (422, "proofing.return_refused")


async def test_a_signed_in_person_steps_up_over_vneid(db: Database) -> None:
    async with opened(db) as (hub, _):
        answer = await proved(hub, "hoa_level_1")
        async with db.transaction() as session:
            person = await enrolments.redeem(session, answer.json()["enrolment"])
        PERSONAS["hoa_level_1"]["level"] = "2"
        try:
            assert (await proved(hub, "hoa_level_1", db, person)).json() == {"state": "verified", "enrolment": None}
        finally:
            PERSONAS["hoa_level_1"]["level"] = "1"
        assert (await proved(hub, "minh", db, person)).json()["state"] == "in_review"
    async with db.session() as session:
        assert (await session.get_one(Person, person)).level == 2
        documents = list(await session.scalars(select(PersonDocument.evidence).where(PersonDocument.person_id == person)))
        assert documents == ["vneid", "vneid"]


async def test_a_level_1_identity_raises_nobody_to_level_2(db: Database) -> None:
    async with db.transaction() as session:
        officer = await a_person(session)
    async with opened(db) as (hub, _):
        await proved(hub, "mismatch")
        hub.caller.person(officer, permissions=["proofing.review"])
        (row,) = (await hub.client.get("/v1/proofing/reviews")).json()["items"]
        assert (row["road"], row["doubts"]) == ("vneid", ["personal_number_birth_year"])
        body = {"approve": True, "note": "looked at"}
        assert (await hub.client.post(f"/v1/proofing/reviews/{row['id']}/decision", json=body)).json() == {"state": "verified"}


async def test_a_private_key_signs_for_us_where_one_is_set(db: Database) -> None:
    key = ECKey.generate_key("P-256")
    seen: list[str] = []
    async with opened(db, vneid_private_key=json.dumps(key.as_dict(private=True)), vneid_client_secret=None) as (hub, provider):
        known = provider._authenticated

        def watched(request: Any, form: dict[str, str]) -> bool:
            seen.append(form["client_assertion"])
            return known(request, form)

        provider._authenticated = watched  # type: ignore[method-assign]  # the test looks over its shoulder
        assert (await proved(hub, "lan")).json()["state"] == "verified"
    head = seen[0].split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"] == "ES256"


async def test_without_settings_it_is_not_offered(db: Database) -> None:
    async with db.transaction() as session:
        await register_clients(session)
    nothing = Vneid(VneidSettings(_env_file=None), CALLBACK)
    async with served(db, [router], parts={"vneid": nothing}) as hub:
        answer = await hub.client.post("/v1/proofing/vneid", json=BEGIN)
    assert (answer.status_code, answer.json()["code"]) == (503, "proofing.vneid_unavailable")


async def test_the_fake_does_not_run_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.demo.fakes.serving.settings", lambda: type("S", (), {"environment": "production"}))
    with pytest.raises(UnsafeSettings):
        async with serving(fake.Vneid("a", "b").app()):
            pass
