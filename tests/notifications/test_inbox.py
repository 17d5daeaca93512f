"""What a person is told stands in the inbox once, in order, in the reader's language."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select

from hanoismart.server.database import Database
from hanoismart.text import Text
from notifications.api import Category, Template, TemplateIncomplete, TemplateUnknown, ensure_template, notify, register
from notifications.inbox.models import Notification
from notifications.routers import ROUTERS
from tests.support.services import acting, client_of, service

FEE = register(
    Template(
        "tests.fee",
        Category.SERVICES,
        Text("Phí {amount} đ", "A fee of {amount} VND"),
        Text("{who} cần nộp {amount} đ.", "{who} has to pay {amount} VND."),
    )
)


@pytest.fixture
def client(db: Database) -> httpx.AsyncClient:
    return client_of(service(ROUTERS, db))


async def tell(database: Database, person: UUID, dedupe: str, amount: int = 15_000) -> UUID | None:
    async with database.transaction() as session:
        return await notify(session, person, FEE.key, {"who": "Lan", "amount": amount}, dedupe=dedupe, link="hanoismart://fees/1")


async def test_messages_come_newest_first_in_the_readers_language_and_page_by_page(db: Database, client: httpx.AsyncClient) -> None:
    lan = uuid4()
    for number in range(3):
        await tell(db, lan, f"fee {number}", 15_000 + number)
    await tell(db, uuid4(), "another person's")
    first = (await client.get("/v1/me/inbox?limit=2", headers=acting(lan))).json()
    assert [item["seq"] for item in first["items"]] == [3, 2]
    assert first["items"][0]["title"] == "Phí 15.002 đ"
    assert first["items"][0]["body"] == "Lan cần nộp 15.002 đ."
    rest = (await client.get(f"/v1/me/inbox?limit=2&cursor={first['next']}", headers=acting(lan))).json()
    assert [item["seq"] for item in rest["items"]] == [1]
    assert rest["next"] is None
    english = (await client.get("/v1/me/inbox", headers=acting(lan, locale="en"))).json()
    assert english["items"][2]["body"] == "Lan has to pay 15,000 VND."


async def test_the_same_fact_is_told_once(db: Database) -> None:
    lan = uuid4()
    assert await tell(db, lan, "fee 1") is not None
    assert await tell(db, lan, "fee 1") is None


async def test_reading_is_a_persons_own_and_repeatable(db: Database, client: httpx.AsyncClient) -> None:
    lan, minh = uuid4(), uuid4()
    first, _ = await tell(db, lan, "1"), await tell(db, lan, "2")
    assert (await client.get("/v1/me/inbox/unread", headers=acting(lan))).json() == {"unread": 2}
    stranger = await client.post(f"/v1/me/inbox/{first}/read", headers=acting(minh))
    assert stranger.status_code == 404
    assert stranger.json()["code"] == "notifications.not_found"
    for _ in range(2):
        assert (await client.post(f"/v1/me/inbox/{first}/read", headers=acting(lan))).status_code == 204
    assert (await client.get("/v1/me/inbox/unread", headers=acting(lan))).json() == {"unread": 1}
    assert (await client.post("/v1/me/inbox/read-all", headers=acting(lan))).status_code == 204
    assert (await client.get("/v1/me/inbox/unread", headers=acting(lan))).json() == {"unread": 0}
    assert (await client.get("/v1/me/inbox")).status_code == 401


async def test_a_message_needs_a_known_template_and_all_its_values(db: Database) -> None:
    async with db.session() as session:
        with pytest.raises(TemplateUnknown):
            await notify(session, uuid4(), "tests.nothing", {}, dedupe="1")
        with pytest.raises(TemplateIncomplete) as refusal:
            await notify(session, uuid4(), FEE.key, {"who": "Lan"}, dedupe="1")
    assert refusal.value.extra == {"missing": ["amount"]}


async def test_a_mini_apps_template_is_words_only_and_can_be_replaced(db: Database, client: httpx.AsyncClient) -> None:
    lan = uuid4()
    async with db.transaction() as session:
        hostile = Text("{spot.__class__} {spot!r} {spot}", "{spot}")
        await ensure_template(session, "vn.parking/ready", "transport", Text("Chỗ đỗ", "Parking"), hostile)
        await notify(session, lan, "vn.parking/ready", {"spot": "A1", "other": "never kept"}, dedupe="1")
        kept = await session.scalar(select(Notification.values).where(Notification.person_id == lan))
    assert kept == {"spot": "A1"}
    item = (await client.get("/v1/me/inbox", headers=acting(lan))).json()["items"][0]
    assert item["body"] == "{spot.__class__} {spot!r} A1"
    async with db.transaction() as session:
        await ensure_template(session, "vn.parking/ready", "transport", Text("Chỗ đỗ", "Parking"), Text("Chỗ {spot}", "Spot {spot}"))
    assert (await client.get("/v1/me/inbox", headers=acting(lan))).json()["items"][0]["body"] == "Chỗ A1"


async def test_one_key_belongs_to_one_template(db: Database) -> None:
    assert register(FEE) is FEE
    with pytest.raises(ValueError, match="not free"):
        register(Template("tests.fee", Category.SERVICES, Text("Khác", "Other"), Text("Khác", "Other")))
    with pytest.raises(ValueError, match="not free"):
        register(Template("vn.parking/ready", Category.SERVICES, Text("Khác", "Other"), Text("Khác", "Other")))
    async with db.session() as session:
        with pytest.raises(ValueError, match="not a mini-app"):
            await ensure_template(session, "tests.fee", "services", Text("Khác", "Other"), Text("Khác", "Other"))


async def test_a_person_told_from_many_sides_at_once_gets_each_fact_once_in_order(committed_db: Database) -> None:
    lan = uuid4()
    told = await asyncio.gather(*(tell(committed_db, lan, f"fee {number % 5}") for number in range(15)))
    assert len([found for found in told if found]) == 5
    async with committed_db.session() as session:
        numbers = (
            await session.scalars(select(Notification.seq).where(Notification.person_id == lan).order_by(Notification.created_at))
        ).all()
        assert await session.scalar(select(func.count()).select_from(Notification)) == 5
    assert sorted(set(numbers)) == sorted(numbers)


async def test_a_refused_business_transaction_tells_nobody(db: Database, client: httpx.AsyncClient) -> None:
    lan = uuid4()

    async def fails() -> None:
        async with db.transaction() as session:
            await notify(session, lan, FEE.key, {"who": "Lan", "amount": 1}, dedupe="1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert (await client.get("/v1/me/inbox", headers=acting(lan))).json() == {"items": [], "next": None}
