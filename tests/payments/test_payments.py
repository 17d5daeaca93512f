"""A payment from the wish for it to its receipt, with every fault a bank, a network and a person can add."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from hanoismart import clock
from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.people import service as people
from identity.people.models import Closing
from notifications.inbox.models import Notification
from payments.api import (
    IntentDiffers,
    IntentInvalid,
    IntentSettled,
    cancel_intent,
    receipt,
    set_up_series,
)
from payments.intents import service as intents
from payments.intents.models import CallbackRow
from payments.intents.settling import open_discrepancies, resolve
from payments.providers.ports import ProviderUnknown
from payments.providers.signing import SIGNATURE, TIMESTAMP, sign
from payments.receipts.models import ReceiptRow
from payments.routers import ROUTERS
from payments.settings import settings
from payments.vietqr import parse
from tests.support.payments import CALLBACK, PARKING, ask, books, call, callback, events, someone, state
from tests.support.services import acting, client_of, service
from tests.support.work import run_jobs


@pytest.fixture
def client(db: Database) -> httpx.AsyncClient:
    return client_of(service(ROUTERS, db))


async def test_a_signed_callback_settles_and_all_that_follows_stands_at_once(db: Database, client: httpx.AsyncClient) -> None:
    lan = await someone(db)
    found = await ask(db, lan)
    assert await call(client, callback(found)) == (200, "00")
    shown = (await client.get(f"/v1/me/payments/{found.id}", headers=acting(lan))).json()
    assert (shown["state"], shown["amount"], shown["payee"], shown["description"]) == ("settled", 20_000, PARKING.name, "Đỗ xe 2 giờ")
    assert await books(db) == (-20_000, 20_000, 0)
    assert await events(db) == ["payments.settled"]
    paper = (await client.get(f"/v1/me/receipts/{shown['receipt_id']}", headers=acting(lan))).json()
    assert (paper["number"], paper["payer"], paper["amount_in_words"]) == ("0000001", "Lan", "Hai mươi nghìn đồng")
    assert len(paper["check_code"]) == 12
    english = (await client.get("/v1/me/receipts", headers=acting(lan, locale="en"))).json()["items"]
    assert [item["amount_in_words"] for item in english] == ["Twenty thousand dong"]
    async with db.session() as session:
        told = (await session.scalars(select(Notification).where(Notification.person_id == lan))).one()
    assert told.values == {"amount": 20_000, "payee": PARKING.name, "receipt": f"{paper['series']} 0000001"}


async def test_a_bad_signature_changes_nothing(db: Database, client: httpx.AsyncClient) -> None:
    found = await ask(db, None)
    body = callback(found)
    assert await call(client, body, secret="another") == (401, "97")
    assert await call(client, body, moment=now() - timedelta(minutes=6)) == (401, "97")
    assert await call(client, body, moment=now() + timedelta(minutes=6)) == (401, "97")
    signed = sign(settings().bank_secret, now(), body)
    altered = await client.post(CALLBACK, content=body.replace(b"20000", b"10000"), headers=signed)
    assert altered.status_code == 401
    for broken in ({}, {TIMESTAMP: signed[TIMESTAMP]}, signed | {TIMESTAMP: "١٢٣"}, signed | {SIGNATURE: "ü"}):
        encoded = {name.encode(): value.encode() for name, value in broken.items()}
        assert (await client.post(CALLBACK, content=body, headers=encoded)).status_code == 401
    assert await state(db, found) == "created"
    async with db.session() as session:
        assert await session.scalar(select(func.count()).select_from(CallbackRow)) == 0
    assert await books(db) == (0, 0, 0)


async def test_a_wrong_amount_is_written_down_and_not_settled(db: Database, client: httpx.AsyncClient) -> None:
    found = await ask(db, None)
    assert await call(client, callback(found, amount=19_999)) == (422, "04")
    assert await state(db, found) == "created"
    assert await books(db) == (-19_999, 0, 19_999)
    async with db.transaction() as session:
        [row] = await open_discrepancies(session)
        assert (row.outcome.value, row.amount, row.intent_id) == ("wrong_amount", 19_999, found.id)
        await resolve(session, row.id, actor="person:staff")
        assert await open_discrepancies(session) == []
    assert await call(client, callback(found)) == (200, "00")


async def test_an_unknown_order_is_kept_aside(db: Database, client: httpx.AsyncClient) -> None:
    found = await ask(db, None)
    stray = replace(found, code="HS0000000000")
    assert await call(client, callback(stray)) == (404, "01")
    assert await call(client, callback(found, message="cam on")) == (404, "01")
    assert await books(db) == (-40_000, 0, 40_000)
    assert await events(db) == []


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b"null",
        b'{"transaction_id":1,"amount":1,"message":""}',
        b'{"transaction_id":"a","amount":1.5,"message":""}',
        b'{"transaction_id":"a","amount":-1,"message":""}',
        b'{"transaction_id":"a","amount":true,"message":""}',
    ],
)
async def test_a_signed_callback_that_cannot_be_read_changes_nothing(db: Database, client: httpx.AsyncClient, body: bytes) -> None:
    assert await call(client, body) == (400, "99")
    assert await books(db) == (0, 0, 0)


async def test_an_unknown_provider_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/payments/callbacks/nobody", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (404, ProviderUnknown.code)


async def test_ten_copies_at_once_settle_once(committed_db: Database) -> None:
    lan = await someone(committed_db)
    found = await ask(committed_db, lan)
    client, body = client_of(service(ROUTERS, committed_db)), callback(found)
    answers = Counter(await asyncio.gather(*(call(client, body) for _ in range(10))))
    assert answers == {(200, "00"): 1, (200, "02"): 9}
    assert await books(committed_db) == (-20_000, 20_000, 0)
    assert await events(committed_db) == ["payments.settled"]


async def test_two_payments_for_one_wish_at_once_settle_once_and_keep_the_other_aside(committed_db: Database) -> None:
    found = await ask(committed_db, None)
    client = client_of(service(ROUTERS, committed_db))
    answers = Counter(await asyncio.gather(*(call(client, callback(found)) for _ in range(4))))
    assert answers == {(200, "00"): 1, (200, "02"): 3}
    assert await books(committed_db) == (-80_000, 20_000, 60_000)
    async with committed_db.session() as session:
        assert [row.outcome.value for row in await open_discrepancies(session)] == ["paid_again"] * 3


async def test_receipt_numbers_have_no_gap_under_a_rush(committed_db: Database) -> None:
    client = client_of(service(ROUTERS, committed_db))
    found = [await ask(committed_db, None) for _ in range(12)]
    wrong = [callback(wish, amount=1) for wish in found[:4]]
    await asyncio.gather(*(call(client, body) for body in [*wrong, *(callback(wish) for wish in found)]))
    async with committed_db.session() as session:
        numbers = list(await session.scalars(select(ReceiptRow.number).order_by(ReceiptRow.number)))
    assert numbers == list(range(1, 13))


async def test_a_settlement_that_fails_gives_its_receipt_number_back(
    db: Database, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await ask(db, await someone(db))
    body = callback(found)
    with monkeypatch.context() as broken:
        broken.setattr("payments.intents.settling.emit", None)
        with pytest.raises(TypeError):
            await call(client, body)
    assert await state(db, found) == "created"
    assert await call(client, body) == (200, "00")
    async with db.session() as session:
        paper = await receipt(session, found.id)
    assert paper is not None
    assert paper.number == 1


@pytest.fixture
def time() -> Iterator[clock.FixedClock]:
    with clock.use(clock.FixedClock(datetime(2026, 3, 2, 5, tzinfo=UTC))) as fixed:
        yield fixed


async def test_money_that_comes_late_settles_what_expired(db: Database, client: httpx.AsyncClient, time: clock.FixedClock) -> None:
    found = await ask(db, None)
    assert await run_jobs(db, intents.EXPIRE) == 0
    time.advance(timedelta(minutes=15))
    assert await run_jobs(db, intents.EXPIRE) == 1
    assert await state(db, found) == "expired"
    assert await call(client, callback(found)) == (200, "00")
    assert await state(db, found) == "settled"
    assert await events(db) == ["payments.expired", "payments.settled"]


async def test_money_for_a_cancelled_claim_is_kept_aside(db: Database, client: httpx.AsyncClient) -> None:
    found = await ask(db, None)
    for _ in range(2):
        async with db.transaction() as session:
            assert (await cancel_intent(session, found.id)).state == "cancelled"
    assert await call(client, callback(found)) == (200, "02")
    assert await books(db) == (-20_000, 0, 20_000)
    assert await events(db) == ["payments.cancelled"]
    settled = await ask(db, None)
    await call(client, callback(settled))
    async with db.session() as session:
        with pytest.raises(IntentSettled):
            await cancel_intent(session, settled.id)


async def test_an_expiry_after_the_settlement_does_nothing(db: Database, client: httpx.AsyncClient, time: clock.FixedClock) -> None:
    found = await ask(db, None)
    await call(client, callback(found))
    time.advance(timedelta(minutes=20))
    await run_jobs(db, intents.EXPIRE)
    assert await state(db, found) == "settled"


async def test_the_same_wish_twice_is_one_and_another_under_its_key_is_refused(db: Database) -> None:
    lan = await someone(db)
    first, second = await ask(db, lan, dedupe="fee 1"), await ask(db, lan, dedupe="fee 1")
    assert first == second
    with pytest.raises(IntentDiffers):
        await ask(db, lan, dedupe="fee 1", amount=20_001)
    with pytest.raises(IntentDiffers):
        await ask(db, None, dedupe="fee 1")


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1])
async def test_an_amount_out_of_range_is_refused(db: Database, amount: int) -> None:
    with pytest.raises(IntentInvalid):
        await ask(db, None, amount=amount)


async def test_a_payee_without_a_readable_bank_account_is_refused(db: Database) -> None:
    with pytest.raises(IntentInvalid):
        await ask(db, None, payee=replace(PARKING, bank_bin="abc"))


async def test_a_payment_is_its_payers_own(db: Database, client: httpx.AsyncClient) -> None:
    lan, minh = await someone(db), await someone(db, "Minh")
    found = await ask(db, lan)
    await call(client, callback(found))
    async with db.session() as session:
        paper = await receipt(session, found.id)
    assert paper is not None
    for path in (f"payments/{found.id}", f"payments/{found.id}/qr.svg", f"payments/{found.id}/qr.png", f"receipts/{paper.id}"):
        assert (await client.get(f"/v1/me/{path}", headers=acting(minh))).status_code == 404
        assert (await client.get(f"/v1/me/{path}", headers=acting(lan))).status_code == 200
        assert (await client.get(f"/v1/me/{path}")).status_code == 401
    assert (await client.get("/v1/me/receipts", headers=acting(minh))).json() == {"items": [], "next": None}


async def test_the_code_says_whom_and_how_much_and_is_drawn_both_ways(db: Database, client: httpx.AsyncClient) -> None:
    lan = await someone(db)
    found = await ask(db, lan)
    code = parse(found.qr_text)
    assert (code.account, code.amount, code.name) == ("0011012345678", 20_000, "Bai xe Hoan Kiem")
    assert code.purpose is not None
    assert code.purpose.startswith(f"{found.code} Do xe")
    svg = await client.get(f"/v1/me/payments/{found.id}/qr.svg", headers=acting(lan))
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert b"<svg" in svg.content
    png = await client.get(f"/v1/me/payments/{found.id}/qr.png", headers=acting(lan))
    assert png.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments.intent SET amount = 1",
        "UPDATE payments.intent SET state = 'created', settled_at = NULL",
        "DELETE FROM payments.intent",
        "UPDATE payments.receipt SET amount = 1",
        "DELETE FROM payments.receipt",
        "UPDATE payments.receipt_series SET last_number = last_number + 2",
        "UPDATE payments.receipt_series SET last_number = 0",
        "DELETE FROM payments.receipt_series",
    ],
)
async def test_the_database_keeps_what_was_settled(db: Database, client: httpx.AsyncClient, statement: str) -> None:
    found = await ask(db, None)
    assert await call(client, callback(found)) == (200, "00")
    async with db.session() as session:
        with pytest.raises(IntegrityError):
            await session.execute(text(statement))


async def test_a_payee_may_have_a_series_of_its_own(db: Database, client: httpx.AsyncClient, time: clock.FixedClock) -> None:
    own = {"pattern": "01BLP0-001", "series": "AA-26E", "agency": "Sở Giao thông", "agency_code": "H26.12", "tax_code": "0100000001"}
    async with db.transaction() as session:
        for _ in range(2):
            await set_up_series(session, "operator:vn.parking", 2026, **own)
    labels = []
    for payee in (PARKING, PARKING, replace(PARKING, key="vn.bus")):
        found = await ask(db, None, payee=payee)
        await call(client, callback(found))
        async with db.session() as session:
            paper = await receipt(session, found.id)
        assert paper is not None
        labels.append((paper.label, paper.agency))
    assert labels[:2] == [("AA-26E 0000001", "Sở Giao thông"), ("AA-26E 0000002", "Sở Giao thông")]
    assert labels[2][0] == "HS-26E 0000001"


async def test_payments_of_an_account_that_was_merged_are_the_persons_still(db: Database, client: httpx.AsyncClient) -> None:
    kept, gone, minh = await someone(db), await someone(db), await someone(db, "Minh")
    found = await ask(db, gone)
    assert await call(client, callback(found)) == (200, "00")
    path = f"/v1/me/payments/{found.id}"
    assert (await client.get(path, headers=acting(kept))).status_code == 404
    async with db.transaction() as session:
        await people.close(session, gone, Closing.MERGED, merged_into=kept)
    paid = (await client.get(path, headers=acting(kept))).json()
    papers = (await client.get("/v1/me/receipts", headers=acting(kept))).json()["items"]
    assert (paid["state"], [paper["payment_id"] for paper in papers]) == ("settled", [str(found.id)])
    assert (await client.get(f"/v1/me/receipts/{papers[0]['id']}", headers=acting(kept))).status_code == 200
    assert (await client.get(path, headers=acting(minh))).status_code == 404
