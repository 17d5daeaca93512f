"""What two officers do to accounts, and what time does: merge and back, death, documents and stays that end, level 3."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.api import disclosures, levels, mandates, people
from identity.clients.service import pairwise, person_of
from identity.credentials.models import Passkey
from identity.disclosures.service import about
from identity.mandates.acting import MandateMissing
from identity.mandates.organisations import first_administrator
from identity.people import acts, ages, jobs, service, staff_routes, uniqueness
from identity.people import levels as settling
from identity.people.models import Closing, DocumentKind, Evidence, Person, PersonAct, PersonDocument
from identity.people.routes import router
from identity.places.queries import today
from identity.sessions.models import SignInSession
from kernel.models import EventRow
from tests.support.apps import Served, served
from tests.support.people import PURPOSE, READER, a_person, a_sign_in, a_ward, an_agency

ROUTERS = (staff_routes.router, router)
FILE = {"reference": "file 12/2026"}


async def a_document(session: AsyncSession, person: UUID, expires_on: date | None, **how: Any) -> UUID:
    fields = {"kind": DocumentKind.CCCD, "evidence": Evidence.CHIP, "original": True, "issuer": "VNM", "details": b"sealed"}
    row = PersonDocument(id=new_id(), person_id=person, expires_on=expires_on, signer_fingerprint="0" * 64, **fields | how)
    session.add(row)
    await session.flush()
    return row.id


async def a_passkey(session: AsyncSession, person: UUID, *, synced: bool) -> Passkey:
    row = Passkey(person_id=person, credential_id=new_id().bytes, public_key=b"key", sign_count=0, aaguid="0", synced=synced, label="phone")
    session.add(row)
    await session.flush()
    return row


async def officer(hub: Served, database: Database, person: UUID) -> None:
    async with database.transaction() as session:
        signed_in = await a_sign_in(session, person)
    hub.caller.person(person, permissions=["people.correct"], session_id=signed_in)


async def test_a_merge_takes_two_officers_moves_what_is_known_and_can_be_undone(db: Database) -> None:
    async with db.transaction() as session:
        kept, gone = await a_person(session, name="Lan", level=2), await a_person(session, name="Lan", ward=await a_ward(session))
        hoa, thu, agency = await a_person(session), await a_person(session), await an_agency(session)
        await uniqueness.claim(session, gone, "VN|123456789")
        sub = await pairwise(session, gone, "vn.hanoi.parking")
        await first_administrator(session, agency, gone, confirmed_by=None)
        signed_in = await a_sign_in(session, gone)
    async with served(db, ROUTERS) as hub:
        await officer(hub, db, hoa)
        body = {"kept_id": str(kept), "gone_id": str(gone)} | FILE
        proposed = await hub.client.post("/v1/staff/people/merges", json=body)
        assert proposed.status_code == 201, proposed.text
        assert (await hub.client.post("/v1/staff/people/merges", json=body)).json()["code"] == "people.act_refused"
        decide = f"/v1/staff/people/acts/{proposed.json()['id']}/decision"
        assert (await hub.client.post(decide, json={"approve": True})).status_code == 403
        await officer(hub, db, gone)
        assert (await hub.client.post(decide, json={"approve": True})).status_code == 403
        await officer(hub, db, thu)
        assert [row["id"] for row in (await hub.client.get("/v1/staff/people/acts")).json()["items"]] == [proposed.json()["id"]]
        assert (await hub.client.post(decide, json={"approve": True})).json() == {"state": "done"}
        assert (await hub.client.post(decide, json={"approve": True})).status_code == 404
        async with db.session() as session:
            assert await uniqueness.holder(session, "VN|123456789") == kept
            assert await person_of(session, "vn.hanoi.parking", sub) == kept
            assert (await levels.facts(session, kept)).trust_level == 3
            assert (await session.get_one(SignInSession, signed_in)).ended_at is not None
            assert (await mandates.acting_for(session, kept, agency)).roles == {"administrator"}
            with pytest.raises(people.PersonNotFound):
                await people.card(session, gone)
        undo = await hub.client.post(f"/v1/staff/people/merges/{proposed.json()['id']}/undoing", json=FILE)
        assert undo.status_code == 201, undo.text
        await officer(hub, db, hoa)
        assert (await hub.client.post(f"/v1/staff/people/acts/{undo.json()['id']}/decision", json={"approve": True})).json()[
            "state"
        ] == "done"
    async with db.session() as session:
        assert await uniqueness.holder(session, "VN|123456789") == gone
        assert await person_of(session, "vn.hanoi.parking", sub) == gone
        assert (await levels.facts(session, gone)).trust_level == 3
        assert (await levels.facts(session, kept)).trust_level == 2
        named = list(await session.scalars(select(EventRow.name).where(EventRow.name.like("identity.persons%"))))
        assert named == ["identity.persons_merged", "identity.persons_parted"]
        with pytest.raises(MandateMissing):
            await mandates.acting_for(session, kept, agency)


async def test_the_database_holds_the_four_eyes_whatever_the_code_does(session: AsyncSession) -> None:
    lan, minh, hoa, thu = [await a_person(session) for _ in range(4)]
    row = await acts.propose_merge(session, lan, minh, proposed_by=hoa, reference="file")
    for change in ({"decided_by": hoa}, {"decided_by": lan}, {"proposed_by": thu}):
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(update(PersonAct).where(PersonAct.id == row.id).values(**change))
    own = insert(PersonAct).values(kind="death", state="proposed", person_id=thu, reference="own", proposed_by=thu, moved={})
    with pytest.raises(IntegrityError):
        await session.execute(own)


async def test_a_death_closes_the_account_its_sign_ins_and_its_mandates(db: Database) -> None:
    async with db.transaction() as session:
        lan, hoa, thu, agency = await a_person(session), await a_person(session), await a_person(session), await an_agency(session)
        await first_administrator(session, agency, lan, confirmed_by=None)
        signed_in = await a_sign_in(session, lan)
    async with served(db, ROUTERS) as hub:
        await officer(hub, db, hoa)
        proposed = await hub.client.post("/v1/staff/people/deaths", json={"person_id": str(lan)} | FILE)
        own = await hub.client.post("/v1/staff/people/deaths", json={"person_id": str(hoa)} | FILE)
        assert (proposed.status_code, own.status_code) == (201, 403)
        await officer(hub, db, thu)
        decide = f"/v1/staff/people/acts/{proposed.json()['id']}/decision"
        assert (await hub.client.post(decide, json={"approve": True})).json() == {"state": "done"}
    async with db.session() as session:
        person = await session.get_one(Person, lan)
        assert (person.state, person.closed_because) == ("closed", "death")
        assert (await session.get_one(SignInSession, signed_in)).ended_at is not None
        with pytest.raises(MandateMissing):
            await mandates.acting_for(session, lan, agency)
        closed = await session.scalar(select(EventRow.payload).where(EventRow.name == "identity.account_closed"))
        assert closed == {"person_id": str(lan), "because": "death"}


async def test_a_suggestion_is_taken_up_or_dropped_and_never_carried_out_by_itself(session: AsyncSession) -> None:
    lan, minh, hoa, thu = [await a_person(session) for _ in range(4)]
    await acts.suggest_merge(session, lan, minh)
    await acts.suggest_merge(session, minh, lan)
    (row,) = list(await session.scalars(select(PersonAct)))
    with pytest.raises(acts.ActRefused):
        await acts.decide(session, row.id, approve=True, decided_by=hoa)
    taken = await acts.take_up(session, row.id, proposed_by=hoa, reference="looked at both")
    await acts.decide(session, taken.id, approve=False, decided_by=thu)
    assert list(await session.scalars(acts.waiting())) == []


async def test_level_3_needs_an_original_and_a_key_that_stays_in_its_device(session: AsyncSession) -> None:
    lan = await a_person(session)
    assert await settling.settle(session, lan) == 2
    await a_document(session, lan, today() + timedelta(days=100))
    await a_passkey(session, lan, synced=True)
    assert await settling.settle(session, lan) == 2
    key = await a_passkey(session, lan, synced=False)
    assert await settling.settle(session, lan) == 3
    key.ended_at = clock.now()
    await session.flush()
    signed_in = await a_sign_in(session, lan, acr=3)
    assert await settling.settle(session, lan) == 2
    await session.refresh(await session.get_one(SignInSession, signed_in))
    assert (await session.get_one(SignInSession, signed_in)).ended_at is not None
    minh = await a_person(session)
    await a_passkey(session, minh, synced=False)
    await a_document(session, minh, None, original=False, evidence=Evidence.COUNTER)
    assert await settling.settle(session, minh) == 3


async def test_a_document_warns_three_times_and_its_end_lowers_the_level_after_the_grace(db: Database) -> None:
    async with db.transaction() as session:
        lan, minh = await a_person(session), await a_person(session)
        await a_document(session, lan, today() + timedelta(days=61))
        await a_document(session, minh, today() + timedelta(days=61))
        await a_document(session, minh, today() + timedelta(days=900), kind=DocumentKind.PASSPORT)
    begun = clock.now()

    async def after(days: int) -> list[int]:
        with clock.use(FixedClock(begun + timedelta(days=days))):
            async with db.transaction() as session:
                await jobs.documents_run_out(session, Run({}, 0, db, {}))
        async with db.session() as session:
            payloads = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.document_expiring"))
            return sorted(payload["days"] for payload in payloads if payload["person_id"] == str(lan))

    assert await after(0) == []
    assert await after(1) == [60]
    assert await after(2) == [60]
    assert await after(35) == [26, 60]
    assert await after(55) == [6, 26, 60]
    await after(61 + 89)
    async with db.session() as session:
        assert (await people.card(session, lan)).level == 2
    await after(61 + 92)
    async with db.session() as session:
        assert [(await people.card(session, each)).level for each in (lan, minh)] == [1, 2]
        assert (
            await session.scalar(select(EventRow.payload["because"].astext).where(EventRow.name == "identity.level_lowered"))
            == "document_expired"
        )


async def test_a_stay_that_ended_lowers_at_once_and_closes_a_year_later(db: Database) -> None:
    async with db.transaction() as session:
        anna = await a_person(session, name="Anna", kind="tourist")
        await session.execute(update(Person).where(Person.id == anna).values(stay_ends_on=today()))
    for days, level, state in ((0, 2, "active"), (1, 1, "active"), (367, 1, "closed")):
        with clock.use(FixedClock(clock.now() + timedelta(days=days))):
            async with db.transaction() as session:
                await jobs.stays_end(session, Run({}, 0, db, {}))
        async with db.session() as session:
            person = await session.get_one(Person, anna)
            assert (person.level, person.state) == (level, state)
    assert person.closed_because is Closing.STAY_ENDED


@pytest.mark.parametrize(
    ("born", "on", "band"),
    [
        (date(2012, 2, 29), date(2026, 2, 28), "under_14"),
        (date(2012, 2, 29), date(2026, 3, 1), "under_16"),
        (date(2010, 5, 4), date(2026, 5, 3), "under_16"),
        (date(2010, 5, 4), date(2026, 5, 4), "under_18"),
        (date(2008, 5, 4), date(2026, 5, 3), "under_18"),
        (date(2008, 5, 4), date(2026, 5, 4), "adult"),
        (date(1950, 1, 1), date(2026, 5, 4), "adult"),
    ],
)
def test_the_law_asks_by_bands_of_age(born: date, on: date, band: str) -> None:
    assert ages.band(ages.adult_on(born, on=on), on=on) == band


async def test_what_is_kept_of_a_minor_goes_when_they_come_of_age(db: Database) -> None:
    async with db.transaction() as session:
        child = await a_person(session)
        await session.execute(update(Person).where(Person.id == child).values(adult_on=today() - timedelta(days=1)))
        await jobs.come_of_age(session, Run({}, 0, db, {}))
        assert await session.scalar(text("SELECT adult_on FROM identity.person WHERE id = :id"), {"id": child}) is None


async def test_the_person_sees_documents_without_numbers_and_age_without_date(db: Database) -> None:
    async with db.transaction() as session:
        lan = await a_person(session)
        await a_document(session, lan, today() + timedelta(days=10))
        await a_passkey(session, lan, synced=False)
    async with served(db, ROUTERS) as hub:
        hub.caller.person(lan)
        (row,) = (await hub.client.get("/v1/me/documents")).json()["items"]
        assert set(row) == {"id", "kind", "evidence", "original", "issuer", "expires_on", "added_at", "superseded_at"}
        assert (await hub.client.get("/v1/me")).json()["age"] == "adult"
        assert (await hub.client.post("/v1/me/level")).json() == {"level": 3}


async def test_closing_twice_and_the_same_level_change_nothing(session: AsyncSession) -> None:
    lan = await a_person(session)
    await service.set_level(session, lan, 2, because="nothing")
    await service.close(session, lan, Closing.REQUEST)
    await service.close(session, lan, Closing.DEATH)
    assert (await session.get_one(Person, lan)).closed_because is Closing.REQUEST
    assert list(await session.scalars(select(EventRow.name).where(EventRow.name == "identity.level_lowered"))) == []


async def test_the_log_of_a_merged_account_is_seen_by_its_owner(session: AsyncSession) -> None:
    lan, older, stranger = [await a_person(session) for _ in range(3)]
    await disclosures.read(session, older, ["birth_date"], READER, PURPOSE)
    await service.close(session, older, Closing.MERGED, merged_into=lan)
    for person, count in ((lan, 1), (stranger, 0)):
        assert len(list(await session.scalars(about(person)))) == count
