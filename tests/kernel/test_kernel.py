"""Events, audit, budgets, sealing, cache, files and settings: each keeps what it promises."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from fastapi import Depends
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import FixedClock, now, use
from hanoismart.server.audience import Anyone
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from hanoismart.server.routing import Router
from hanoismart.server.sealing import CannotOpen, Keyring
from kernel import audit, events
from kernel.blobs import BlobMissing, open_blobs
from kernel.cache import Cache
from kernel.events import Event, emit, on
from kernel.jobs import jobs, purge
from kernel.limits import TooMany, flood_control, open_door, spend
from kernel.models import AuditEntry, AuditSeal, EventReceipt, EventRow, SpentBudget
from kernel.settings import Settings, UnsafeSettings, development_key, parse_keys
from tests.support.apps import served


@dataclass(frozen=True, slots=True)
class Happened(Event):
    name: ClassVar[str] = "test.happened"
    subject: UUID
    amount: int
    at: datetime
    note: str | None


heard: list[Happened] = []


@pytest.fixture
def consumer() -> Iterator[str]:
    heard.clear()

    @on(Happened, "test.consumer")
    async def hear(_session: AsyncSession, event: Happened) -> None:
        heard.append(event)

    yield "on.test.consumer"
    events._consumers.pop(Happened)
    jobs.registry.pop("on.test.consumer")


async def test_an_event_reaches_its_consumer_once_in_effect(db: Database, consumer: str) -> None:
    event = Happened(uuid4(), 5, now(), None)
    async with db.transaction() as session:
        await emit(session, event)
        event_id = await session.scalar(select(EventRow.id))
        payload = await session.scalar(text("SELECT payload FROM kernel.pgqueuer WHERE entrypoint = :name"), {"name": consumer})
    assert str(event_id).encode() in payload
    run = Run({"event_id": str(event_id)}, 0, db, {})
    await jobs.registry[consumer].handler(run)
    await jobs.registry[consumer].handler(run)
    assert heard == [event]
    async with db.session() as session:
        assert await session.scalar(select(func.count()).select_from(EventReceipt)) == 1


async def test_audit_rows_are_chained_and_cannot_be_changed(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        for number in range(3):
            await audit.record(session, actor="person:1", action="test", subject=f"thing:{number}", facts={"n": number})
    async with committed_db.transaction() as session:
        await audit.seal(session, Run({}, 0, committed_db, {}))
    async with committed_db.transaction() as session:
        await audit.seal(session, Run({}, 0, committed_db, {}))
        assert await session.scalar(select(func.count()).select_from(AuditSeal)) == 3
        assert await audit.broken_at(session) is None
    for statement in ("UPDATE kernel.audit_entry SET actor = 'x'", "DELETE FROM kernel.audit_entry", "TRUNCATE kernel.audit_entry CASCADE"):
        async with committed_db.session() as session:
            with pytest.raises(IntegrityError, match="appended"):
                await session.execute(text(statement))


async def test_a_forged_audit_row_breaks_the_chain(db: Database) -> None:
    async with db.transaction() as session:
        for number in range(3):
            await audit.record(session, actor="person:1", action="test", subject=f"thing:{number}")
    async with db.transaction() as session:
        await audit.seal(session, Run({}, 0, db, {}))
    async with db.transaction() as session:
        await session.execute(text("ALTER TABLE kernel.audit_entry DISABLE TRIGGER USER"))
        victim = await session.scalar(select(AuditSeal.entry_id).where(AuditSeal.position == 2))
        await session.execute(text("UPDATE kernel.audit_entry SET actor = 'person:2' WHERE id = :id"), {"id": victim})
        assert await audit.broken_at(session) == 2
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 3


async def test_a_budget_counts_the_refused_attempt_too(db: Database) -> None:
    clock = FixedClock(datetime.fromisoformat("2026-11-22T10:00:00+00:00"))
    with use(clock):
        for _ in range(3):
            async with db.transaction() as session:
                await spend(session, "phone:1", limit=3, window=timedelta(minutes=15))
        for _ in range(2):
            with pytest.raises(TooMany) as refused:
                async with db.transaction() as session:
                    await spend(session, "phone:1", limit=3, window=timedelta(minutes=15))
        assert refused.value.headers["Retry-After"] == "901"
        async with db.session() as session:
            assert await session.scalar(select(SpentBudget.spent)) == 5
        clock.advance(timedelta(minutes=15))
        async with db.transaction() as session:
            assert await spend(session, "phone:1", limit=3, window=timedelta(minutes=15)) == 2


async def test_a_budget_holds_against_many_at_once(committed_db: Database) -> None:
    async def attempt() -> bool:
        try:
            async with committed_db.transaction() as session:
                await spend(session, "race", limit=5, window=timedelta(hours=1))
        except TooMany:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(20)))) == 5


async def test_the_purge_removes_only_what_has_served(db: Database) -> None:
    async with db.transaction() as session:
        await spend(session, "old", limit=5, window=timedelta(minutes=1))
    with use(FixedClock(now() + timedelta(minutes=2))):
        async with db.transaction() as session:
            await spend(session, "young", limit=5, window=timedelta(minutes=1))
            await purge(session, Run({}, 0, db, {}))
            assert await session.scalar(select(func.count()).select_from(SpentBudget)) == 1


@given(st.binary(max_size=500), st.binary(max_size=50))
def test_what_is_sealed_opens_only_with_its_key_and_context(plain: bytes, context: bytes) -> None:
    old, new = Keyring({"a": b"a" * 32}, "a"), Keyring({"b": b"b" * 32, "a": b"a" * 32}, "b")
    sealed = old.seal(plain, context=context)
    assert new.open(sealed, context=context) == plain
    assert Keyring.key_id(sealed) == "a"
    with pytest.raises(CannotOpen):
        new.open(sealed, context=context + b"x")
    with pytest.raises(CannotOpen):
        Keyring({"b": b"b" * 32}, "b").open(sealed, context=context)
    with pytest.raises(CannotOpen):
        new.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), context=context)


async def test_without_redis_everything_has_an_answer() -> None:
    cache = Cache("redis://127.0.0.1:1/0")
    assert await cache.get("x") is None
    assert await cache.first("x", seconds=5) is None
    assert await cache.alive() is False
    await cache.put("x", b"1", seconds=5)
    await cache.publish("x", b"1")
    await flood_control(cache, "x", limit=0, window=timedelta(seconds=1))
    await cache.close()


async def test_files_are_kept_read_and_removed(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(_env_file=None), tmp_path / "blobs")
    await blobs.put("a/b.txt", b"one")
    assert await blobs.get("a/b.txt") == b"one"
    assert [key async for key in blobs.keys("a")] == ["a/b.txt"]
    await blobs.delete("a/b.txt")
    await blobs.delete("a/b.txt")
    with pytest.raises(BlobMissing):
        await blobs.get("a/b.txt")
    with pytest.raises((OSError, ValueError)):
        await blobs.put("../outside", b"x")


def test_production_refuses_values_of_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANOISMART_ENVIRONMENT", "production")
    with pytest.raises(UnsafeSettings) as refused:
        Settings(_env_file=None)
    assert "HANOISMART_DATABASE_URL" in str(refused.value)
    assert "HANOISMART_SEALING_KEYS" in str(refused.value)


def test_keys_are_read_with_the_newest_first() -> None:
    keys, current = parse_keys(f"new:{development_key('x').split(':')[1]},{development_key('y')}")
    assert current == "new"
    assert set(keys) == {"new", "development"}
    for wrong in ("", "a:short", "a:####", ":AAAA"):
        with pytest.raises(ValueError):  # noqa: PT011 (base64's own words vary)
            parse_keys(wrong)


async def test_an_open_door_lets_so_many_in_a_minute(db: Database, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    router = Router()

    @router.post("/v1/door", audience=Anyone(), dependencies=[Depends(open_door)], problems=[TooMany])
    async def door() -> None: ...

    monkeypatch.setattr("kernel.limits.flood.settings", lambda: Settings(_env_file=None, open_calls_per_minute=3))
    cache = Cache(redis_url)
    async with served(db, [router], parts={"cache": cache}) as hub:
        answers = [await hub.client.post("/v1/door") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"
    await cache.close()
