"""What a backend keeps in its own PostgreSQL with the SDK: what counts once, and its cases, under races."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import MetaData, Table
from sqlalchemy.schema import CreateSchema

from hanoismart import clock
from hanoismart.casework import Act, CaseState, Role, Step, act, open_case
from hanoismart.miniapp import Taken
from hanoismart.server import casework
from hanoismart.server.casework import CaseChanged, CaseTables
from hanoismart.server.database import Database
from hanoismart.server.models import metadata_for
from hanoismart.server.once import SqlOnce, taken_table
from hanoismart.worktime import Duration, Unit, WorkingCalendar

CALENDAR = WorkingCalendar.vietnam(2026, 2026)
RECEIVED = datetime(2026, 3, 2, 2, tzinfo=UTC)


@dataclass
class Own:
    """A backend's database."""

    database: Database
    once: SqlOnce
    cases: CaseTables


@pytest_asyncio.fixture
async def own(committed_db: Database) -> AsyncIterator[Own]:
    metadata: MetaData = metadata_for("miniapp_kept")
    taken: Table = taken_table(metadata)
    cases = casework.case_tables(metadata)
    async with committed_db.engine.begin() as connection:
        await connection.execute(CreateSchema("miniapp_kept"))
        await connection.run_sync(metadata.create_all)
    yield Own(committed_db, SqlOnce(committed_db.engine, taken), cases)


async def test_of_many_who_ask_at_once_one_begins(own: Own) -> None:
    taken = await asyncio.gather(*(own.once.take("webhook:1") for _ in range(8)))
    assert sorted(taken) == [*[Taken.BUSY] * 7, Taken.YOURS]
    await own.once.release("webhook:1")
    assert await own.once.take("webhook:1") is Taken.YOURS
    await own.once.finish("webhook:1")
    await own.once.release("webhook:1")
    assert await own.once.take("webhook:1") is Taken.DONE, "what is done stays done"


async def test_whoever_began_and_died_does_not_hold_it_and_old_keys_go(own: Own) -> None:
    with clock.use(clock.FixedClock(clock.now())) as at:
        await own.once.take("a")
        at.advance(timedelta(seconds=61))
        assert await own.once.take("a") is Taken.YOURS
        await own.once.finish("a")
        assert await own.once.purge() == 0
        at.advance(timedelta(days=8))
        assert await own.once.purge() == 1


async def test_a_case_is_kept_with_its_log_and_two_at_once_are_told_apart(own: Own) -> None:
    case, event = open_case("H26-1", RECEIVED, Duration(5, Unit.WORKING_DAY), office="H26.1", actor="k1.lan", calendar=CALENDAR)
    async with own.database.transaction() as session:
        await casework.add(session, own.cases, case, event)
    async with own.database.session() as session:
        kept = await casework.load(session, own.cases, "H26-1")
        assert kept is not None
        assert kept.case == case
        assert await casework.load(session, own.cases, "H26-2") is None
    clerk = Step(actor="o1", role=Role.CLERK, reason="Thiếu giấy tờ", forms=frozenset({"01", "02"}))
    accepted, first = act(kept.case, Act.ACCEPT, clerk, RECEIVED, calendar=CALENDAR)
    asked, second = act(kept.case, Act.REQUEST_SUPPLEMENT, clerk, RECEIVED, calendar=CALENDAR)
    async with own.database.transaction() as session:
        saved = await casework.save(session, own.cases, kept, asked, second)
    with pytest.raises(CaseChanged):
        async with own.database.transaction() as session:
            await casework.save(session, own.cases, kept, accepted, first)
    async with own.database.session() as session:
        again = await casework.load(session, own.cases, "H26-1")
        assert again == saved
        assert again.case.clock.is_paused
        log = await casework.history(session, own.cases, kept.id)
    assert [line.after for line in log] == [CaseState.NEW, CaseState.AWAITING_SUPPLEMENT]
    assert log[1] == second


async def test_running_cases_that_are_late_are_found(own: Own) -> None:
    for number in (1, 2):
        case, event = open_case(f"H26-{number}", RECEIVED, Duration(number, Unit.WORKING_DAY), office="o", actor="a", calendar=CALENDAR)
        async with own.database.transaction() as session:
            await casework.add(session, own.cases, case, event)
    async with own.database.session() as session:
        assert await casework.overdue(session, own.cases, RECEIVED) == []
        assert await casework.overdue(session, own.cases, RECEIVED + timedelta(days=9)) == ["H26-1", "H26-2"]
