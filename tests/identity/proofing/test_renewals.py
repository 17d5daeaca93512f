"""One person above several documents: renewals while signed in, old numbers, likenesses, and what an officer joins."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from hanoismart.server.database import Database
from identity.people.models import Person, PersonAct, PersonDocument, PersonIndex
from identity.proofing import enrolments
from identity.proofing.chip.mrz import Sex
from identity.proofing.chip.trust import TrustStore
from identity.proofing.models import ProofingSession
from identity.proofing.specimen import SpecimenAuthority, SpecimenChip, SpecimenDocument, make
from kernel.pool import Pool
from tests.identity.proofing.test_proofing_sessions import opened, reading, submit, unpadded
from tests.support.apps import Served
from tests.support.people import a_person, a_sign_in


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool("renewals", workers=2, waiting=64)
    yield pool
    pool.close()


async def owner_of(database: Database, verdict: dict[str, Any]) -> UUID:
    async with database.transaction() as session:
        return await enrolments.redeem(session, verdict["enrolment"])


async def renew(hub: Served, database: Database, person: UUID, chip: SpecimenChip, **more: Any) -> dict[str, Any]:
    async with database.transaction() as session:
        signed_in = await a_sign_in(session, person)
    hub.caller.person(person, session_id=signed_in)
    started = await hub.client.post("/v1/me/proofing/sessions")
    assert started.status_code == 201, started.text
    body = reading(chip, unpadded(started.json()["challenge"])) | more
    answer = await hub.client.post(f"/v1/me/proofing/sessions/{started.json()['id']}/chip", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def reviewed(hub: Served, database: Database, reason: str, **decision: Any) -> Any:
    async with database.transaction() as session:
        officer = await a_person(session, name="Officer")
    hub.caller.person(officer, permissions=["proofing.review"])
    (row,) = [row for row in (await hub.client.get("/v1/proofing/reviews")).json()["items"] if row["reason"] == reason]
    return await hub.client.post(f"/v1/proofing/reviews/{row['id']}/decision", json={"note": "looked at"} | decision)


async def documents(database: Database, person: UUID) -> list[PersonDocument]:
    async with database.session() as session:
        return list(await session.scalars(select(PersonDocument).where(PersonDocument.person_id == person).order_by(PersonDocument.id)))


async def test_a_renewed_card_goes_under_the_account_and_corrects_the_name(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(db, trust, pool) as hub:
        person = await owner_of(db, (await submit(hub, make(vietnam, lan))).json())
        newer = replace(lan, given_names="Thị Ngọc Lan", expires_on=date(2095, 5, 4))
        assert await renew(hub, db, person, make(vietnam, newer)) == {"state": "verified", "enrolment": None}
    old, new = await documents(db, person)
    assert old.superseded_at is not None
    assert (new.superseded_at, new.expires_on) == (None, newer.expires_on)
    async with db.session() as session:
        assert (await session.get_one(Person, person)).display_name == "Nguyễn Thị Ngọc Lan"
        assert await session.scalar(select(func.count()).select_from(Person)) == 1


async def test_a_foreigners_renewed_passport_joins_by_name_and_birth_date(
    db: Database, trust: TrustStore, pool: Pool, utopia: SpecimenAuthority, anna: SpecimenDocument
) -> None:
    passport = replace(anna, number="L898902C2")
    async with opened(db, trust, pool) as hub:
        person = await owner_of(db, (await submit(hub, make(utopia, passport), locale="en")).json())
        renewed = make(utopia, replace(passport, number="X12345678", expires_on=date(2095, 1, 1)))
        assert (await renew(hub, db, person, renewed))["state"] == "verified"
        stranger = make(utopia, replace(passport, number="X00000001", surname="Svensson"))
        assert (await renew(hub, db, person, stranger))["state"] == "in_review"
        assert (await reviewed(hub, db, "other_person", approve=True)).json() == {"state": "verified"}
    assert len(await documents(db, person)) == 3
    async with db.session() as session:
        own = PersonIndex.person_id == person
        assert await session.scalar(select(func.count()).select_from(PersonIndex).where(own)) == 3


async def test_the_old_number_a_new_card_names_meets_the_account_that_has_it(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    by_passport = SpecimenDocument.passport("Nguyễn", "Thị Lan", "B1234567", lan.birth_date, Sex.FEMALE, lan.expires_on, issuer="VNM")
    by_passport = replace(by_passport, personal_number="012345678")
    card = replace(lan, former_number="012345678")
    async with opened(db, trust, pool, matched=False) as hub:
        assert (await submit(hub, make(vietnam, by_passport))).json()["state"] == "in_review"
        assert (await reviewed(hub, db, "doubt", approve=True)).json() == {"state": "verified"}
    async with db.session() as session:
        person = await session.scalar(select(Person.id).where(Person.display_name == "Nguyễn Thị Lan"))
    assert person is not None
    async with opened(db, trust, pool) as hub:
        second = await submit(hub, make(vietnam, card))
        assert second.json() == {"state": "in_review", "enrolment": None}
        refused = await reviewed(hub, db, "duplicate", approve=True)
        assert (refused.status_code, refused.json()["code"]) == (409, "proofing.duplicate_not_approved")
        assert (await reviewed(hub, db, "duplicate", approve=True, join=True)).json() == {"state": "rejected"}
    assert [row.kind for row in await documents(db, person)] == ["passport", "cccd"]
    async with db.session() as session:
        assert (await session.get_one(Person, person)).kind == "resident"
        assert list(await session.scalars(select(ProofingSession.applicant))) == [None, None]


async def test_a_joined_document_gives_its_reader_no_way_in(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(db, trust, pool) as hub:
        await submit(hub, make(vietnam, lan))
        started = (await hub.client.post("/v1/proofing/sessions")).json()
        await submit(hub, make(vietnam, lan), started)
        await reviewed(hub, db, "duplicate", approve=True, join=True)
        headers = {"Proofing-Secret": started["secret"]}
        taken = await hub.client.post(f"/v1/proofing/sessions/{started['id']}/enrolment", headers=headers)
        assert taken.status_code == 404


async def test_equal_name_and_birth_date_only_open_a_review(
    db: Database,
    trust: TrustStore,
    pool: Pool,
    vietnam: SpecimenAuthority,
    utopia: SpecimenAuthority,
    lan: SpecimenDocument,
    anna: SpecimenDocument,
) -> None:
    namesake = SpecimenDocument.cccd("Nguyễn Thị Lan", "001190000999", lan.birth_date, Sex.FEMALE, lan.expires_on)
    passport = replace(anna, number="L898902C2")
    async with opened(db, trust, pool) as hub:
        assert (await submit(hub, make(vietnam, lan))).json()["state"] == "verified"
        assert (await submit(hub, make(vietnam, namesake))).json()["state"] == "verified"
        assert (await submit(hub, make(utopia, passport))).json()["state"] == "verified"
        assert (await submit(hub, make(utopia, replace(passport, number="X12345678")))).json()["state"] == "in_review"
        assert (await reviewed(hub, db, "likeness", approve=True)).json() == {"state": "verified"}
    async with db.session() as session:
        assert list(await session.scalars(select(PersonAct.state))) == ["suggested", "suggested"]
        assert list(await session.scalars(select(Person.state).where(Person.display_name != "Officer"))) == ["active"] * 4


async def test_anothers_card_read_while_signed_in_goes_to_review_and_stays_theirs(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    minh = SpecimenDocument.cccd("Trần Văn Minh", "001090000456", date(1990, 1, 1), Sex.MALE, date(2090, 1, 1))
    async with opened(db, trust, pool) as hub:
        hers = await owner_of(db, (await submit(hub, make(vietnam, lan))).json())
        his = await owner_of(db, (await submit(hub, make(vietnam, minh))).json())
        assert (await renew(hub, db, hers, make(vietnam, minh)))["state"] == "in_review"
        async with db.transaction() as session:
            signed_in = await a_sign_in(session, his)
        hub.caller.person(his, session_id=signed_in)
        (row,) = [row async for row in _sessions(db, hers)]
        assert (await hub.client.get(f"/v1/me/proofing/sessions/{row}")).status_code == 404
        assert (await reviewed(hub, db, "duplicate", approve=False)).json() == {"state": "rejected"}
    assert (len(await documents(db, hers)), len(await documents(db, his))) == (1, 1)


async def _sessions(database: Database, person: UUID) -> Any:
    async with database.session() as session:
        for found in await session.scalars(select(ProofingSession.id).where(ProofingSession.for_person_id == person)):
            yield found


async def test_a_minor_is_known_by_the_day_of_majority_alone(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority
) -> None:
    child = SpecimenDocument.cccd("Trần Minh An", "001215000456", date(2015, 1, 1), Sex.MALE, date(2090, 1, 1))
    async with opened(db, trust, pool) as hub:
        person = await owner_of(db, (await submit(hub, make(vietnam, child))).json())
    async with db.session() as session:
        assert (await session.get_one(Person, person)).adult_on == date(2033, 1, 1)
