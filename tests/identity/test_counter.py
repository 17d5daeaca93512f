"""The counter: two officers, never one twice, no image, and a secret that registers the person's first key."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.demo.devices.passkey import SoftwarePasskey
from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.api import people
from identity.counter import jobs
from identity.counter.routes import router
from identity.credentials.routes import router as credentials
from identity.people.models import Person, PersonDocument
from identity.people.routes import router as me
from identity.places.queries import today
from identity.proofing.models import CounterEnrolment
from tests.support.apps import Served, served
from tests.support.people import a_person

PLACE = "/v1/counter/enrolments"
LAN: dict[str, Any] = {
    "document": "cccd",
    "issuer": "VNM",
    "number": "001190000123",
    "name": "Nguyễn Thị Lan",
    "birth_date": "1990-05-04",
    "expires_on": (today() + timedelta(days=900)).isoformat(),
    "seen": ["cccd", "residence_confirmation"],
}


async def officers(database: Database) -> tuple[UUID, UUID]:
    async with database.transaction() as session:
        return await a_person(session, name="Hòa"), await a_person(session, name="Thu")


async def opened(hub: Served, officer: UUID, **changes: Any) -> Any:
    hub.caller.person(officer, permissions=["counter.enrol"])
    return await hub.client.post(PLACE, json=LAN | changes)


async def test_two_officers_open_an_account_and_the_person_registers_a_key(db: Database) -> None:
    hoa, thu = await officers(db)
    async with served(db, [router, credentials, me]) as hub:
        row = await opened(hub, hoa)
        assert row.status_code == 201, row.text
        place = f"{PLACE}/{row.json()['id']}"
        own = await hub.client.post(f"{place}/confirmation", json={})
        assert (own.status_code, own.json()["code"]) == (403, "access.not_allowed")
        assert (await hub.client.delete(place)).status_code == 403
        hub.caller.person(thu)
        assert (await hub.client.post(f"{place}/confirmation", json={})).status_code == 403
        hub.caller.person(thu, permissions=["counter.enrol"])
        assert (await hub.client.get(place)).json()["name"] == "Nguyễn Thị Lan"
        done = await hub.client.post(f"{place}/confirmation", json={})
        assert done.status_code == 201, done.text
        assert (await hub.client.post(f"{place}/confirmation", json={})).status_code == 404
        hub.caller.nobody()
        enrolment = {"enrolment": done.json()["enrolment"]}
        ask = (await hub.client.post("/v1/credentials/passkeys/options", json=enrolment)).json()
        passkey = SoftwarePasskey("http://localhost:8000")
        body = enrolment | {"challenge_id": ask["challenge_id"], "credential": passkey.create(ask["options"]), "label": "phone"}
        assert (await hub.client.post("/v1/credentials/passkeys", json=body)).status_code == 201
        person = UUID(done.json()["person_id"])
        hub.caller.person(person)
        level = (await hub.client.post("/v1/me/level")).json()["level"]
    async with db.session() as session:
        card = await people.card(session, person)
        assert (card.display_name, card.level) == ("Nguyễn Thị Lan", level)
        assert list(await session.scalars(select(PersonDocument.evidence))) == ["counter"]
        kept = await session.scalar(select(CounterEnrolment))
        assert kept is not None
        assert (kept.state, kept.applicant) == ("confirmed", None)


async def test_the_database_holds_that_the_officers_differ(db: Database) -> None:
    hoa, thu = await officers(db)
    async with served(db, [router]) as hub:
        await opened(hub, hoa)
    change = update(CounterEnrolment)
    for values in ({"state": "confirmed", "decided_by": hoa, "applicant": None}, {"opened_by": thu}):
        async with db.session() as session:
            with pytest.raises(IntegrityError):
                await session.execute(change.values(**values))


async def test_whoever_has_an_account_is_sent_to_recovery(db: Database) -> None:
    hoa, thu = await officers(db)
    async with served(db, [router]) as hub:
        for expected in (201, 409):
            row = (await opened(hub, hoa)).json()
            hub.caller.person(thu, permissions=["counter.enrol"])
            answer = await hub.client.post(f"{PLACE}/{row['id']}/confirmation", json={})
            assert answer.status_code == expected
        assert answer.json()["code"] == "counter.has_account"
    async with db.session() as session:
        assert sorted(await session.scalars(select(CounterEnrolment.state))) == ["confirmed", "rejected"]
        assert len(list(await session.scalars(select(Person.id).where(Person.display_name == "Nguyễn Thị Lan")))) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"expires_on": "2020-01-01"}, 422),
        ({"number": "12345"}, 422),
        ({"issuer": "UTO"}, 422),
        ({"seen": ["passport"]}, 422),
        ({"photo": "AAAA"}, 422),
        ({"document": "passport", "issuer": "UTO", "number": "L898902C3", "seen": ["passport"], "stay_ends_on": "2020-01-01"}, 422),
        ({"document": "passport", "issuer": "UTO", "number": "L898902C3", "seen": ["passport"]}, 201),
        ({"document": "residence_card", "issuer": "VNM", "number": "TT1234567", "seen": ["residence_card", "passport"]}, 201),
    ],
)
async def test_what_a_counter_takes(changes: dict[str, Any], status: int, db: Database) -> None:
    hoa, _ = await officers(db)
    async with served(db, [router]) as hub:
        assert (await opened(hub, hoa, **changes)).status_code == status


async def test_what_nobody_confirms_within_a_day_is_emptied_and_what_is_rejected_at_once(db: Database) -> None:
    hoa, thu = await officers(db)
    async with served(db, [router]) as hub:
        late, dropped = (await opened(hub, hoa)).json(), (await opened(hub, hoa)).json()
        hub.caller.person(thu, permissions=["counter.enrol"])
        assert (await hub.client.delete(f"{PLACE}/{dropped['id']}")).status_code == 204
        with clock.use(FixedClock(clock.now() + timedelta(hours=24))):
            assert (await hub.client.post(f"{PLACE}/{late['id']}/confirmation", json={})).status_code == 404
            assert (await hub.client.get(PLACE)).json()["items"] == []
            async with db.transaction() as session:
                await jobs.expire(session, Run({}, 0, db, {}))
    async with db.session() as session:
        rows = list(await session.scalars(select(CounterEnrolment)))
        assert {(row.state.value, row.applicant) for row in rows} == {("expired", None), ("rejected", None)}
