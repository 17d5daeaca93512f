"""Test citizens: the same twenty in every sandbox, signed in by a code everybody knows, sent nothing, and nobody at all in production."""

import httpx
import pytest
from sqlalchemy import func, select

from app.main import Hub
from hanoismart.emulator.citizens import CITIZENS, CODE
from hanoismart.server.database import Database
from identity.api import levels, places
from identity.contacts import service as contacts
from identity.contacts.models import CodeFlow, Phone
from identity.notices import service as notices
from identity.notices.models import NoticeKind, OutgoingNotice
from identity.people.models import Person
from identity.places import service as units
from identity.sign_in.service import establish
from identity.sign_in.where import Where
from identity.test_citizens import service as citizens
from kernel.settings import Settings, UnsafeSettings, settings
from tests.support.browsing import Browser
from tests.support.hubs import database_of, phone_of

FIRST, NINTH = CITIZENS[0], CITIZENS[8]


async def made(database: Database) -> int:
    async with database.transaction() as session:
        await units.seed(session)
        return await citizens.found(session)


def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same installation, had it been started for real people."""
    real = Settings.model_construct(**(settings().model_dump() | {"environment": "production"}))
    monkeypatch.setattr("identity.test_citizens.service.settings", lambda: real)
    monkeypatch.setattr("identity.sign_in.service.settings", lambda: real)


async def test_there_are_twenty_and_they_are_made_once(committed_db: Database) -> None:
    assert await made(committed_db) == 20
    assert await made(committed_db) == 0
    async with committed_db.session() as session:
        listed = await citizens.listed(session)
        assert [(one.phone, one.name, one.level) for one in listed] == [(one.phone, one.name, one.level) for one in CITIZENS]
        assert {one.code for one in listed} == {CODE}
        assert all(await session.scalars(select(Person.demo)))
        lan = await citizens.find(session, "0900 000 001")
        assert lan is not None
        unit_id = await levels.residence(session, lan)
        assert unit_id is not None
        assert (await places.unit(session, unit_id)).code == FIRST.ward_code
        ninth = await citizens.find(session, NINTH.phone)
        assert ninth is not None
        assert await levels.residence(session, ninth) is None
        assert await citizens.find(session, "+84912345678") is None
        assert await citizens.find(session, "nobody") is None


async def test_a_citizen_signs_in_with_number_and_code_alone(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    await made(database_of(whole_hub))
    browser = Browser(web)
    await browser.open()
    assert 'value="way_test"' in browser.page
    await browser.press("way_test")
    for number, code in ((FIRST.phone, "000001"), ("+84912345678", CODE), ("x", CODE)):
        refused = await browser.press("test", identifier=number, code=code)
        assert (refused.status_code, "Không có công dân thử nghiệm" in browser.page) == (403, True)
    phone = await browser.redeem(await browser.press("test", identifier="0900 000 001", code=CODE))
    assert (await phone.call("GET", "/oauth/userinfo")).json()["acr"] == "urn:hanoi:loa:2"
    async with database_of(whole_hub).session() as session:
        assert await session.scalar(select(func.count()).select_from(OutgoingNotice)) == 0


async def test_production_knows_none_of_them(whole_hub: Hub, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    database = database_of(whole_hub)
    await made(database)
    async with database.session() as session:
        lan = await citizens.find(session, FIRST.phone)
    assert lan is not None
    browser = Browser(web)
    await browser.open()
    await browser.press("way_test")
    production(monkeypatch)
    answer = await browser.press("test", identifier=FIRST.phone, code=CODE)
    assert answer.status_code == 403
    assert 'value="way_test"' not in browser.page
    assert (await browser.press("way_test")).status_code == 403
    async with database.transaction() as session:
        assert (await citizens.listed(session), await citizens.find(session, FIRST.phone)) == ([], None)
        with pytest.raises(UnsafeSettings):
            await citizens.found(session)
        # What a copied database brings along is nobody here, however they would prove themselves.
        nowhere = Where("127.0.0.1", "127.0.0.0/24", None, None, "test")
        assert await establish(session, lan, amr=["hwk", "user"], where=nowhere, current=None) is None


async def test_their_numbers_are_nobodys_to_prove_and_are_sent_nothing(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    database = database_of(whole_hub)
    await made(database)
    phone = await phone_of(whole_hub.process, web, name="Minh")
    for number in (FIRST.phone, "0900000020"):
        refused = await phone.call("POST", "/v1/me/phone", json={"number": number})
        assert (refused.status_code, refused.json()["code"]) == (422, "contacts.number_reserved")
    async with database.transaction() as session:
        lan = await citizens.find(session, FIRST.phone)
        assert lan is not None
        assert await contacts.find_person(session, FIRST.phone) is None
        await notices.tell(session, lan, NoticeKind.CONTACT_CHANGED)
        assert await session.scalar(select(func.count()).select_from(OutgoingNotice).where(OutgoingNotice.person_id == lan)) == 0
        assert await session.scalar(select(func.count()).select_from(CodeFlow)) == 0
        assert await session.scalar(select(func.count()).select_from(Phone).where(Phone.person_id == lan)) == 1
