"""Who looked at my data: no reading without its row, no row with a value, and everybody sees their own only."""

from datetime import timedelta

import pytest
from sqlalchemy import Executable, delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.api import disclosures
from identity.api.people import PersonNotFound
from identity.disclosures.models import Disclosure, Outcome
from identity.disclosures.routes import router
from identity.people import vault
from identity.people.models import Attribute
from kernel.models import AuditEntry
from tests.support.apps import served
from tests.support.people import PURPOSE, READER, a_person


async def test_a_reading_leaves_its_row_in_the_same_transaction(session: AsyncSession) -> None:
    person = await a_person(session, phone=False)
    await vault.seal(session, person, {Attribute.BIRTH_DATE: "1990-05-04", Attribute.ADDRESS: "12 phố Huế"})
    found = await disclosures.read(session, person, ["birth_date", "address", "email", "email"], READER, PURPOSE)
    assert found == {"birth_date": "1990-05-04", "address": "12 phố Huế"}
    rows = list(await session.scalars(select(Disclosure).where(Disclosure.person_id == person).order_by(Disclosure.id)))
    assert [(sorted(row.attributes), row.outcome) for row in rows] == [
        (["address", "birth_date"], Outcome.READ),
        (["email"], Outcome.FAILED),
    ]
    audited = list(
        await session.scalars(select(AuditEntry).where(AuditEntry.subject == f"person:{person}", AuditEntry.action.like("disclosure.%")))
    )
    assert {entry.facts["disclosure"] for entry in audited} == {str(row.id) for row in rows}
    written = repr([(vars(row)) for row in rows] + [entry.facts for entry in audited])
    assert "1990" not in written
    assert "Huế" not in written


async def test_what_is_rolled_back_was_never_read(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        person = await a_person(session)
    async with committed_db.session() as session:
        await disclosures.read(session, person, ["phone"], READER, PURPOSE)
        await session.rollback()
    async with committed_db.session() as session:
        assert list(await session.scalars(select(Disclosure))) == []


async def test_unknown_attributes_and_persons_are_refused(session: AsyncSession) -> None:
    person = await a_person(session)
    with pytest.raises(disclosures.AttributeUnknown):
        await disclosures.read(session, person, ["shoe_size"], READER, PURPOSE)
    with pytest.raises(PersonNotFound):
        await disclosures.read(session, new_id(), ["phone"], READER, PURPOSE)


@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
async def test_rows_are_appended_and_never_changed(change: str, session: AsyncSession) -> None:
    person = await a_person(session)
    await disclosures.record(session, person, ["name"], READER, PURPOSE)
    statements: dict[str, Executable] = {
        "update": update(Disclosure).values(role="nobody"),
        "delete": delete(Disclosure),
        "truncate": text("TRUNCATE identity.disclosure"),
    }
    with pytest.raises(IntegrityError):
        await session.execute(statements[change])


async def test_everybody_sees_their_own_rows_only_and_none_before_its_time(db: Database) -> None:
    async with db.transaction() as session:
        lan, minh = await a_person(session, name="Lan"), await a_person(session, name="Minh")
        for _ in range(3):
            await disclosures.read(session, lan, ["phone"], READER, PURPOSE)
        await disclosures.read(session, minh, ["phone"], READER, PURPOSE)
        await disclosures.read(session, lan, ["phone"], READER, PURPOSE, visible_from=now() + timedelta(days=30))
    async with served(db, [router]) as hub:
        assert (await hub.client.get("/v1/me/disclosures")).status_code == 401
        hub.caller.person(lan)
        first = (await hub.client.get("/v1/me/disclosures", params={"limit": 2})).json()
        rest = (await hub.client.get("/v1/me/disclosures", params={"limit": 2, "cursor": first["next"]})).json()
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
        row = first["items"][0]
        assert (row["attributes"], row["organisation"]["en"], row["purpose"]["vi"]) == (
            ["phone"],
            "Department of Construction",
            "Cấp thẻ đỗ xe",
        )
        assert "+84" not in str(first)
        hub.caller.person(minh)
        stolen = await hub.client.get("/v1/me/disclosures", params={"limit": 2, "cursor": first["next"]})
        assert (stolen.status_code, stolen.json()["code"]) == (400, "paging.cursor_invalid")
        assert len((await hub.client.get("/v1/me/disclosures")).json()["items"]) == 1
