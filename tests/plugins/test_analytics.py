"""What developers learn of their apps' use: numbers that add up, nothing about persons, and nothing about other people's apps."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanoismart import clock
from hanoismart.gateway import GatewayRequest, Passage
from hanoismart.server.jobs import Run
from identity.api import mandates, organisations
from kernel.jobs import jobs
from plugins.analytics import queries
from plugins.analytics.policies import BOUNDS, percentile
from plugins.launch.models import Launch
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person

BASE = f"/v1/dev/apps/{APP}"
AT = (datetime.now(UTC) + timedelta(days=2)).replace(hour=10, minute=30, second=0, microsecond=0)
"""Later than everything the fixtures give a validity, and never close to midnight."""
NAME = {"scope": "profile.name", "optional": True, "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}}


async def developing(hub: SmallHub) -> UUID:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[NAME]))
        owner = await organisations.by_code(session, "H26.19")
        assert owner is not None
        person = await a_person(session, name="Minh", level=2)
        await mandates.first_administrator(session, owner.id, person, confirmed_by=None)
    await hub.signed_in(person_id=person)
    return person


async def passed(hub: SmallHub, *passages: tuple[int, str | None, int], at: datetime = AT, version: int = 12) -> None:
    """Passages of (status, code, milliseconds)."""
    for status, code, milliseconds in passages:
        passage = Passage(
            app_id=APP, version_code=version, method="GET", status=status, code=code, milliseconds=milliseconds, sent=1, received=10, at=at
        )
        hub.gateway.passages.record(GatewayRequest(method="GET", path="/"), passage)
    await hub.gateway.passages.flush()


async def roll(hub: SmallHub, name: str = "plugins.roll_up_usage") -> None:
    await jobs.registry[name].handler(Run({}, 0, hub.database, {}))


async def told(hub: SmallHub, **days: str) -> dict[str, Any]:
    answer = await hub.client.get(f"{BASE}/analytics", params=days)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


MIXED: list[tuple[int, str | None, int]] = [
    *[(200, None, 8)] * 90,
    *[(200, None, 400)] * 4,
    (500, None, 50),
    (502, "gateway.backend_unreachable", 20),
    (504, "gateway.backend_timeout", 3000),
    (503, "gateway.backend_interrupted", 1),
    (429, "gateway.too_many", 1),
    (401, "gateway.token_required", 1),
]


async def test_calls_errors_and_times_add_up_however_often_they_are_counted(hub: SmallHub) -> None:
    await developing(hub)
    await passed(hub, *MIXED)
    await passed(hub, (200, None, 8), at=AT - timedelta(days=1))
    with clock.use(clock.FixedClock(AT + timedelta(minutes=5))) as at:
        await roll(hub)
        await passed(hub, (200, None, 8))
        at.advance(timedelta(minutes=5))
        await roll(hub)
        await roll(hub)
        usage = await told(hub)
    assert (usage["first"], usage["last"]) == (str((AT - timedelta(days=6)).date()), str(AT.date()))
    total = usage["total"]
    assert (total["calls"], total["errors"], total["refused"], total["received_bytes"]) == (101, 3, 3, 1010)
    assert 5 <= total["p50_ms"] <= 10
    assert 200 <= total["p95_ms"] <= 500
    assert (total["people"], total["opens"]) == (None, None)
    assert [day["day"] for day in usage["days"]] == [str(AT.date())]


async def test_people_are_a_number_only_where_there_are_ten(hub: SmallHub) -> None:
    await developing(hub)
    with clock.use(clock.FixedClock(AT)):
        async with hub.database.transaction() as session:
            for _ in range(9):
                session.add(Launch(app_id=APP, version_code=12, person_id=uuid4(), expires_at=AT))
        assert (await told(hub))["total"]["people"] is None
        async with hub.database.transaction() as session:
            again = uuid4()
            for person in (again, again):
                session.add(Launch(app_id=APP, version_code=12, person_id=person, expires_at=AT))
        usage = await told(hub)
    assert (usage["total"]["people"], usage["total"]["opens"]) == (10, 11)
    assert (usage["days"][0]["people"], usage["days"][0]["opens"]) == (10, 11)


async def test_the_funnel_of_consent_counts_who_was_asked_and_agreed(hub: SmallHub) -> None:
    await developing(hub)
    for number in range(10):
        assert (await told(hub))["consent"] == {"asked": None, "agreed": None}, number
        assert (await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})).status_code == 409
    assert (await told(hub))["consent"] == {"asked": 10, "agreed": None}
    await hub.agree()
    with clock.use(clock.FixedClock(clock.now() + timedelta(days=1))):
        assert (await told(hub))["consent"]["asked"] == 11


async def test_the_log_shows_a_week_without_persons(hub: SmallHub) -> None:
    await developing(hub)
    moment = clock.now()
    await passed(hub, (200, None, 8), (500, None, 9), (429, "gateway.too_many", 1), at=moment - timedelta(days=1))
    await passed(hub, (200, None, 8), at=moment - timedelta(days=8))
    rows = (await hub.client.get(f"{BASE}/logs")).json()["items"]
    assert len(rows) == 3
    assert set(rows[0]) == {"at", "version_code", "method", "status", "code", "milliseconds", "sent", "received"}
    bad = (await hub.client.get(f"{BASE}/logs", params={"errors": True})).json()["items"]
    assert {row["status"] for row in bad} == {500, 429}
    assert (await hub.client.get(f"{BASE}/logs", params={"since": moment.isoformat()})).json()["items"] == []
    first = (await hub.client.get(f"{BASE}/logs", params={"limit": 2})).json()
    second = (await hub.client.get(f"{BASE}/logs", params={"limit": 2, "cursor": first["next"]})).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)


async def test_the_rollout_learns_what_a_backend_failed(hub: SmallHub) -> None:
    await developing(hub)
    await passed(hub, *MIXED)
    await passed(hub, (500, None, 1), version=13)
    await passed(hub, (500, None, 1), at=AT - timedelta(hours=1))
    async with hub.database.session() as session:
        assert await queries.error_counts(session, APP, 12, AT - timedelta(minutes=1)) == (97, 3)
        assert await queries.error_counts(session, APP, 13, AT - timedelta(minutes=1)) == (1, 1)


async def test_strangers_and_odd_days_are_refused(hub: SmallHub) -> None:
    await developing(hub)
    for days in ({"from": "2026-03-02", "to": "2026-03-01"}, {"from": "2025-01-01", "to": "2026-03-01"}):
        refused = await hub.client.get(f"{BASE}/analytics", params=days)
        assert (refused.status_code, refused.json()["code"]) == (422, "analytics.days_refused")
    await hub.signed_in(name="Thu")
    for page in ("analytics", "logs"):
        refused = await hub.client.get(f"{BASE}/{page}")
        assert (refused.status_code, refused.json()["code"]) == (404, "miniapps.not_found")


async def test_what_was_counted_is_forgotten(hub: SmallHub) -> None:
    await developing(hub)
    await passed(hub, *MIXED)
    with clock.use(clock.FixedClock(AT + timedelta(days=9))):
        await roll(hub, "plugins.forget_passages")
        async with hub.database.session() as session:
            assert await queries.error_counts(session, APP, 12, AT - timedelta(days=1)) == (0, 0)


@given(st.lists(st.integers(0, 1000), min_size=len(BOUNDS) + 1, max_size=len(BOUNDS) + 1), st.floats(0.01, 0.99))
def test_a_percentile_lies_within_its_bucket(buckets: list[int], share: float) -> None:
    found = percentile(buckets, share)
    if not sum(buckets):
        assert found is None
        return
    assert found is not None
    assert 0 <= found <= BOUNDS[-1]
    below = sum(count for count, bound in zip(buckets, BOUNDS, strict=False) if bound < found)
    assert below <= share * sum(buckets) + 1


def test_a_percentile_of_one_bucket_is_spread_evenly() -> None:
    buckets = [0] * (len(BOUNDS) + 1)
    buckets[3] = 100
    assert percentile(buckets, 0.5) == pytest.approx(35)
