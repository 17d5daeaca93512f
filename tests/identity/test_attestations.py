"""Attestations: issued by an officer with the permission, for a time, about somebody else, and one of a kind at a time."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from hanoismart.text import Text
from identity.api import attestations, levels, organisations
from identity.api.attestations import Fact
from identity.attestations import jobs
from identity.attestations.models import Attestation
from identity.attestations.routes import router
from identity.people.models import Person
from identity.places.queries import today
from kernel.models import AuditEntry, EventRow
from tests.support.apps import served
from tests.support.people import a_person, a_ward, an_agency, an_officer


def body(person: UUID, agency: UUID, ward: UUID | None, **changes: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "person_id": str(person),
        "kind": "residence",
        "organisation_id": str(agency),
        "unit_id": str(ward) if ward else None,
        "valid_from": today().isoformat(),
        "valid_to": (today() + timedelta(days=365)).isoformat(),
        "reference": "HK-1",
    }
    return fields | changes


async def test_a_residence_is_attested_seen_and_revoked(db: Database) -> None:
    async with db.transaction() as session:
        lan, ward, agency = await a_person(session), await a_ward(session), await an_agency(session)
        officer = await an_officer(session, agency)
    async with served(db, [router]) as hub:
        hub.caller.person(officer)
        assert (await hub.client.post("/v1/attestations", json=body(lan, agency, ward))).status_code == 403
        hub.caller.person(officer, permissions=["attestations.issue"])
        made = await hub.client.post("/v1/attestations", json=body(lan, agency, ward))
        assert made.status_code == 201
        async with db.session() as session:
            assert (await levels.facts(session, lan)).trust_level == 3
            events = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.residence_attested"))
            assert {"person_id": str(lan), "unit_id": str(ward)} in list(events)
        hub.caller.person(lan)
        assert [row["unit_id"] for row in (await hub.client.get("/v1/me/attestations")).json()["items"]] == [str(ward)]
        assert (await hub.client.delete(f"/v1/attestations/{made.json()['id']}")).status_code == 403
        hub.caller.person(officer, permissions=["attestations.issue"])
        assert (await hub.client.delete(f"/v1/attestations/{made.json()['id']}")).status_code == 204
        assert (await hub.client.delete(f"/v1/attestations/{made.json()['id']}")).status_code == 404
    async with db.session() as session:
        assert (await levels.facts(session, lan)).trust_level == 2
        actions = list(
            await session.scalars(
                select(AuditEntry.action).where(AuditEntry.actor == f"person:{officer}", AuditEntry.subject == f"person:{lan}")
            )
        )
        assert actions == ["attestation.issued", "attestation.revoked"]


async def test_what_is_not_sound_is_refused(db: Database) -> None:
    async with db.transaction() as session:
        lan, ward, agency = await a_person(session), await a_ward(session), await an_agency(session)
        officer = await an_officer(session, agency)
        unproved = await a_person(session, level=1)
        shop = await organisations.ensure(session, "E1", Text(vi="Cửa hàng", en="Shop"), "enterprise")
    yesterday = (today() - timedelta(days=1)).isoformat()
    absent = UUID(int=7)
    async with served(db, [router]) as hub:
        hub.caller.person(officer, permissions=["attestations.issue"])
        for fields, status, code in [
            (body(officer, agency, ward), 403, "attestations.own_record"),
            (body(lan, agency, None), 422, "attestations.refused"),
            (body(lan, agency, ward, kind="student"), 422, "attestations.refused"),
            (body(lan, agency, ward, valid_from=yesterday, valid_to=yesterday), 422, "attestations.refused"),
            (body(lan, agency, ward, valid_to=yesterday), 422, "attestations.refused"),
            (body(unproved, agency, ward), 422, "attestations.refused"),
            (body(lan, shop.id, ward), 403, "mandates.missing"),
            (body(lan, absent, ward), 403, "mandates.missing"),
            (body(lan, agency, absent), 404, "places.unit_not_found"),
            (body(absent, agency, ward), 404, "people.not_found"),
        ]:
            answer = await hub.client.post("/v1/attestations", json=fields)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    async with db.session() as session:
        assert list(await session.scalars(select(Attestation))) == []


async def test_one_of_a_kind_counts_however_many_are_issued_at_once(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan, ward, agency = await a_person(session), await a_ward(session), await an_agency(session)
        officer = await an_officer(session, agency)
        other = await a_ward(session, "00004")
    async with served(committed_db, [router]) as hub:
        hub.caller.person(officer, permissions=["attestations.issue"])
        answers = await asyncio.gather(
            *(hub.client.post("/v1/attestations", json=body(lan, agency, unit)) for unit in (ward, other, ward, other))
        )
    assert [answer.status_code for answer in answers] == [201] * 4
    async with committed_db.session() as session:
        current = list(await session.scalars(select(Attestation).where(Attestation.revoked_at.is_(None))))
        assert len(current) == 1
        assert await levels.residence(session, lan) == current[0].unit_id
        assert (await session.get_one(Person, lan)).level == 2


async def test_a_residence_counts_from_its_first_day_to_its_last(db: Database) -> None:
    async with db.transaction() as session:
        lan, ward, agency = await a_person(session), await a_ward(session), await an_agency(session)
        officer = await an_officer(session, agency)
    tomorrow = (today() + timedelta(days=1)).isoformat()
    async with served(db, [router]) as hub:
        hub.caller.person(officer, permissions=["attestations.issue"])
        await hub.client.post("/v1/attestations", json=body(lan, agency, ward, valid_from=tomorrow))
        async with db.session() as session:
            assert await levels.residence(session, lan) is None
        await hub.client.post("/v1/attestations", json=body(lan, agency, ward, valid_to=today().isoformat()))
        async with db.session() as session:
            assert await levels.residence(session, lan) == ward


async def test_an_officer_speaks_for_one_organisation_and_one_area(db: Database) -> None:
    async with db.transaction() as session:
        lan, ward, other = await a_person(session), await a_ward(session), await a_ward(session, "00004")
        agency, elsewhere = await an_agency(session), await an_agency(session, "H26.20")
        officer, stranger = await an_officer(session, agency, area=ward), await an_officer(session, elsewhere)
    async with served(db, [router]) as hub:

        async def issued(who: UUID, **changes: object) -> tuple[int, str]:
            hub.caller.person(who, permissions=["attestations.issue"])
            answer = await hub.client.post("/v1/attestations", json=body(lan, agency, ward, **changes))
            return answer.status_code, answer.json().get("id", "")

        assert (await issued(stranger))[0] == 403
        assert (await issued(officer, unit_id=str(other)))[0] == 403
        assert (await issued(officer, kind="elderly", unit_id=None))[0] == 403  # where Lan lives is attested by nobody yet
        status, residence = await issued(officer)
        assert status == 201
        assert (await issued(officer, kind="elderly", unit_id=None))[0] == 201
        hub.caller.person(stranger, permissions=["attestations.issue"])
        assert (await hub.client.delete(f"/v1/attestations/{residence}")).status_code == 404


async def test_facts_are_told_for_many_at_once_and_end_with_the_attestation(db: Database) -> None:
    async with db.transaction() as session:
        lan, minh, ward = await a_person(session), await a_person(session), await a_ward(session)
        agency = await an_agency(session)
        officer = await an_officer(session, agency)
    residence, investor = attestations.AttestationKind.RESIDENCE, attestations.AttestationKind.INVESTOR
    async with served(db, [router]) as hub:
        hub.caller.person(officer, permissions=["attestations.issue"])
        await hub.client.post("/v1/attestations", json=body(lan, agency, ward, valid_to=today().isoformat()))
        await hub.client.post("/v1/attestations", json=body(minh, agency, None, kind="investor"))
    async with db.session() as session:
        found = await attestations.facts(session, [lan, minh], [residence, investor])
    assert found == {
        lan: {residence: Fact(holds=True, unit_code="00070"), investor: Fact(holds=False)},
        minh: {residence: Fact(holds=False), investor: Fact(holds=True)},
    }
    with clock.use(FixedClock(clock.now() + timedelta(days=1))):
        async with db.transaction() as session:
            assert (await attestations.facts(session, [lan], [residence]))[lan][residence] == Fact(holds=False)
            for _ in range(2):
                await jobs.lapse(session, Run({}, 0, db, {}))
            ended = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.attestation_ended"))
            assert list(ended) == [{"person_id": str(lan), "kind": "residence"}]
