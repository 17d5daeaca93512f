"""Sessions: priced and paid, one open per plate and place, extended, stopped, reminded of, ended; and what is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from hanoismart import clock, tokens
from hanoismart.worktime import HANOI
from miniapps.parking.server.sessions.models import ERASED, ParkingSession
from miniapps.parking.tests.conftest import Parking

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=HANOI).astimezone(UTC)


@pytest.fixture(autouse=True)
def at() -> "object":
    """Monday morning, and it stays so until a test moves the clock."""
    with clock.use(clock.FixedClock(MORNING)) as fixed:
        yield fixed


async def test_a_quote_is_broken_down_and_a_session_costs_what_was_quoted(parking: Parking) -> None:
    wish = {"place_id": await parking.place(), "vehicle_class": "car", "seconds": 11 * 3600}
    quoted = (await parking.call("POST", "/quotes", wish, sub=None)).json()
    assert [part["amount"] for part in quoted["parts"]] == [285_000, 25_000]
    assert (quoted["amount"], quoted["rate_code"], quoted["rate_version"]) == (310_000, "hanoi-44-2017", 1)
    started = await parking.started(seconds=11 * 3600)
    assert (started["state"], started["payment"]["amount"], started["payment"]["qr_text"]) == ("awaiting_payment", 310_000, "000201")
    (asked,) = parking.hub.bodies("/v1/backend/payments")
    assert (asked["sub"], asked["amount"], asked["description"]["vi"]) == ("k1.lan", 310_000, "Phi do xe 29A12345")


async def test_a_paid_session_runs_is_named_and_told_of(parking: Parking) -> None:
    started = await parking.started()
    running = await parking.pays(started["id"])
    assert (running["state"], running["paid"], running["payment"]) == ("active", 25_000, None)
    assert await parking.work("parking.started") == 1
    assert (await parking.call("GET", f"/sessions/{started['id']}")).json()["printed_name"] == "Lan"
    (read,) = parking.hub.bodies("/v1/backend/people/read")
    assert read == {"sub": "k1.lan", "attributes": ["profile.name"], "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}}
    (told,) = parking.hub.bodies("/v1/backend/notifications")
    assert (told["template"], told["data"]) == ("parking.started", {"spot": "Bãi đỗ Trần Hưng Đạo 1", "plate": "29A12345"})
    await parking.says("consent.revoked", {"sub": "k1.lan"}, message_id="msg_gone")
    assert (await parking.call("GET", f"/sessions/{started['id']}")).json()["printed_name"] is None


async def test_whoever_is_erased_leaves_no_trace_and_the_hub_is_told(parking: Parking) -> None:
    path = "/v1/backend/erasures/e1/confirm"
    running = await parking.pays((await parking.started())["id"])
    unpaid = await parking.started(plate="29A-999.99")
    parking.hub.refuses[path] = httpx.Response(409, json={"code": "service.conflict"})
    told = {"sub": "k1.lan", "erasure_id": "e1"}
    assert (await parking.says("account.erased", told, message_id="msg_gone")).status_code >= 500
    del parking.hub.refuses[path]
    assert (await parking.says("account.erased", told, message_id="msg_gone")).status_code == 204
    assert len(parking.hub.bodies(path)) == 2
    assert (await parking.call("GET", "/sessions")).json()["items"] == []
    async with parking.mounted.database.session() as session:
        rows = {str(row.id): row for row in await session.scalars(select(ParkingSession))}
    assert {row.subject for row in rows.values()} == {ERASED}
    assert (rows[running["id"]].state, rows[running["id"]].plate) == ("active", "29A12345")
    assert (rows[unpaid["id"]].state, rows[unpaid["id"]].plate) == ("lapsed", "")
    with clock.use(clock.FixedClock(clock.now() + timedelta(hours=3))):
        assert await parking.work("parking.end") >= 1
    async with parking.mounted.database.session() as session:
        assert (await session.get_one(ParkingSession, UUID(running["id"]))).plate == ""


async def test_who_did_not_agree_is_not_read_and_a_refusal_to_be_told_is_respected(parking: Parking) -> None:
    wish = {"plate": "29A12345", "vehicle_class": "car", "place_id": await parking.place(), "seconds": 3600}
    started = (await parking.call("POST", "/sessions", wish, scopes=("payments.charge",))).json()
    await parking.pays(started["id"])
    parking.hub.refuses["/v1/backend/notifications"] = httpx.Response(403, json={"code": "backend.not_agreed"})
    await parking.work("parking.started")
    assert parking.hub.bodies("/v1/backend/people/read") == []


async def test_one_vehicle_stands_in_one_place_once(parking: Parking) -> None:
    wish = {"plate": "29A-123.45", "vehicle_class": "car", "place_id": await parking.place(), "seconds": 3600}
    answers = await asyncio.gather(*(parking.call("POST", "/sessions", wish, sub=f"k1.{name}") for name in ("lan", "minh", "anna", "thu")))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"parking.session_open"}
    assert (await parking.call("POST", "/sessions", {**wish, "place_id": await parking.place("trang-thi")})).status_code == 201


async def test_the_same_webhook_ten_times_counts_once(parking: Parking) -> None:
    started = await parking.started()
    await asyncio.gather(*(parking.pays(started["id"]) for _ in range(10)))
    assert (await parking.call("GET", f"/sessions/{started['id']}")).json()["paid"] == 25_000
    assert await parking.work("parking.started") == 1


async def test_a_forged_webhook_or_another_amount_changes_nothing(parking: Parking) -> None:
    started = await parking.started()
    segment = parking.hub.bodies("/v1/backend/payments")[0]["reference"]
    forged = await parking.says("payment.succeeded", {"reference": segment, "amount": 25_000}, key=tokens.new_key())
    assert (forged.status_code, forged.json()["code"]) == (401, "miniapp.webhook_refused")
    for number, data in enumerate(({"reference": segment, "amount": 1}, {"reference": "x", "amount": 25_000}, {})):
        assert (await parking.says("payment.succeeded", data, message_id=f"msg_{number}")).status_code == 204
    assert (await parking.call("GET", f"/sessions/{started['id']}")).json()["state"] == "awaiting_payment"


async def test_more_time_costs_the_difference_and_counts_when_it_is_paid(parking: Parking, at: clock.FixedClock) -> None:
    started = await parking.started()
    early = await parking.call("POST", f"/sessions/{started['id']}/extend", {"seconds": 3600})
    assert early.json()["code"] == "parking.payment_waiting"
    await parking.pays(started["id"])
    longer = (await parking.call("POST", f"/sessions/{started['id']}/extend", {"seconds": 3600})).json()
    assert (longer["payment"]["amount"], longer["ends_at"]) == (25_000, started["ends_at"])
    paid = await parking.pays(started["id"])
    assert datetime.fromisoformat(paid["ends_at"]) == MORNING + timedelta(hours=3)
    assert (paid["paid"], [one["state"] for one in paid["segments"]]) == (50_000, ["paid", "paid"])
    at.advance(timedelta(hours=3))
    assert (await parking.call("POST", f"/sessions/{started['id']}/extend", {"seconds": 60})).json()["code"] == "parking.session_closed"


async def test_the_reminder_comes_once_and_only_for_the_true_end(parking: Parking, at: clock.FixedClock) -> None:
    started = await parking.started(reminder_lead=600)
    await parking.pays(started["id"])
    await parking.call("POST", f"/sessions/{started['id']}/extend", {"seconds": 3600})
    await parking.pays(started["id"])
    at.advance(timedelta(hours=2, minutes=50))
    assert await parking.work("parking.remind") == 2
    reminders = [body for body in parking.hub.bodies("/v1/backend/notifications") if body["template"] == "parking.expiring"]
    assert [one["data"] for one in reminders] == [{"spot": "Bãi đỗ Trần Hưng Đạo 1", "minutes": 10}]
    at.advance(timedelta(minutes=10))
    await parking.work("parking.end")
    assert (await parking.call("GET", f"/sessions/{started['id']}")).json()["state"] == "ended"


async def test_leaving_early_makes_the_rest_due_back(parking: Parking, at: clock.FixedClock) -> None:
    started = await parking.started(seconds=4 * 3600)
    await parking.pays(started["id"])
    at.advance(timedelta(hours=1))
    stopped = (await parking.call("POST", f"/sessions/{started['id']}/stop")).json()
    assert (stopped["state"], stopped["paid"], stopped["refund_due"]) == ("stopped", 75_000, 50_000)
    assert (await parking.call("POST", f"/sessions/{started['id']}/stop")).json()["code"] == "parking.session_closed"
    await parking.started()


async def test_what_is_not_paid_in_time_lapses_and_late_money_is_due_back(parking: Parking, at: clock.FixedClock) -> None:
    started = await parking.started()
    await parking.work("parking.lapse")
    assert (await parking.call("GET", f"/sessions/{started['id']}")).json()["state"] == "awaiting_payment"
    second = await parking.started(plate="30K-555.55")
    at.advance(timedelta(minutes=15))
    assert await parking.work("parking.lapse") == 1
    assert (await parking.call("GET", f"/sessions/{second['id']}")).json()["state"] == "lapsed"
    late = await parking.pays(second["id"])
    assert (late["state"], late["refund_due"]) == ("lapsed", 25_000)


async def test_without_a_payment_there_is_no_session(parking: Parking) -> None:
    for refusal in (httpx.Response(503, json={"code": "service.unavailable"}), httpx.Response(403, json={"code": "backend.not_agreed"})):
        parking.hub.refuses["/v1/backend/payments"] = refusal
        wish = {"plate": "29A12345", "vehicle_class": "car", "place_id": await parking.place(), "seconds": 3600}
        refused = await parking.call("POST", "/sessions", wish)
        assert (refused.status_code, refused.json()["code"]) == (503, "parking.payment_unavailable")
    parking.hub.refuses.clear()
    await parking.started()


async def test_others_see_nothing(parking: Parking) -> None:
    started = await parking.started()
    for method, path in (("GET", ""), ("POST", "/stop"), ("POST", "/extend")):
        body = {"seconds": 60} if path == "/extend" else None
        other = await parking.call(method, f"/sessions/{started['id']}{path}", body, sub="k1.minh")
        assert (other.status_code, other.json()["code"]) == (404, "parking.session_not_found")
    assert (await parking.call("GET", "/sessions", sub="k1.minh")).json()["items"] == []
    assert [one["id"] for one in (await parking.call("GET", "/sessions")).json()["items"]] == [started["id"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"plate": "không phải biển"}, "parking.plate_invalid"),
        ({"seconds": 60 * 60 * 24 * 8}, "request.invalid"),
        ({"seconds": None, "ends_at": "2026-03-01T00:00:00Z"}, "parking.stay_invalid"),
        ({"ends_at": "2026-03-03T00:00:00Z"}, "request.invalid"),
        ({"seconds": None, "ends_at": "2026-03-03T00:00:00"}, "request.invalid"),
        ({"vehicle_class": "tank"}, "request.invalid"),
        ({"place_id": "01a200d1-f0cc-7513-a988-636612164421"}, "parking.place_not_found"),
        ({"price": 1}, "request.invalid"),
    ],
)
async def test_a_wish_must_make_sense(parking: Parking, change: dict[str, object], code: str) -> None:
    wish = {"plate": "29A12345", "vehicle_class": "car", "place_id": await parking.place(), "seconds": 3600} | change
    assert (await parking.call("POST", "/sessions", wish)).json()["code"] == code
    assert parking.hub.bodies("/v1/backend/payments") == []


async def test_parking_needs_an_account_and_its_agreement(parking: Parking) -> None:
    assert (await parking.call("GET", "/sessions", sub=None)).json()["code"] == "miniapp.citizen_required"
    refused = await parking.call("GET", "/sessions", scopes=("profile.name",))
    assert (refused.status_code, refused.json()["scopes"]) == (403, ["payments.charge"])
