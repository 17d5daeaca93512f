"""Jobs: one transaction with their cause, run once in effect, retried, held, replayed, and alive again after a crash."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from hanoismart.clock import FixedClock, now, use
from hanoismart.server.database import Database
from hanoismart.server.jobs import GiveUp, Jobs, RetryLater, Run
from hanoismart.server.worker import Worker
from kernel.dead_jobs import dead_jobs, replay
from kernel.jobs import purge

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def working(database: Database, jobs: Jobs, **options: object) -> AsyncIterator[Worker]:
    worker = Worker(database, jobs, **options)  # type: ignore[arg-type]  # options of the worker
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(task, 20)


async def until(condition: object, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # type: ignore[operator]  # noqa: ASYNC110 (a coroutine function; the database has no event to wait on)
            await asyncio.sleep(0.05)


async def _queued(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM kernel.pgqueuer")) or 0)


async def test_a_job_is_one_transaction_with_its_cause(committed_db: Database) -> None:
    jobs = Jobs("kernel")

    @jobs.steps("test.noop")
    async def noop(run: Run) -> None: ...

    async with committed_db.session() as session:
        await jobs.enqueue(session, "test.noop", {"id": "1"})
        await session.rollback()
    assert await _queued(committed_db) == 0
    async with committed_db.transaction() as session:
        await jobs.enqueue(session, "test.noop", {"id": "1"}, dedupe="one")
        await jobs.enqueue(session, "test.noop", {"id": "1"}, dedupe="one")
    assert await _queued(committed_db) == 1


async def test_a_failing_job_is_retried_then_held_and_replayed(committed_db: Database) -> None:
    jobs = Jobs("kernel")
    tries: list[int] = []
    mended = False

    @jobs.steps("test.fails", max_attempts=2)
    async def fails(run: Run) -> None:
        tries.append(run.attempt)
        if not mended:
            raise ValueError("Nguyễn Thị Lan 001188000001")

    async with working(committed_db, jobs):
        async with committed_db.transaction() as session:
            await jobs.enqueue(session, "test.fails", {"id": "1"})

        async def held() -> bool:
            async with committed_db.session() as session:
                return len(await dead_jobs(session)) == 1

        await until(held)
        assert tries == [0, 1]
        async with committed_db.session() as session:
            log = await session.scalar(text("SELECT string_agg(traceback::text, ' ') FROM kernel.pgqueuer_log"))
            assert "ValueError" in log
            assert "001188000001" not in log
        mended = True
        async with committed_db.transaction() as session:
            assert await replay(session, [dead.id for dead in await dead_jobs(session)]) == 1
        await until(lambda: _empty(committed_db))


async def _empty(database: Database) -> bool:
    return await _queued(database) == 0


async def test_a_handler_may_ask_for_later_or_give_up(committed_db: Database) -> None:
    jobs = Jobs("kernel")
    seen: list[int] = []

    @jobs.steps("test.later")
    async def later(run: Run) -> None:
        seen.append(run.attempt)
        if run.attempt == 0:
            raise RetryLater(timedelta(milliseconds=50), "provider asked")

    @jobs.steps("test.gives-up")
    async def gives_up(run: Run) -> None:
        raise GiveUp("nobody to send to")

    async with working(committed_db, jobs):
        async with committed_db.transaction() as session:
            await jobs.enqueue(session, "test.later")
            await jobs.enqueue(session, "test.gives-up")

        async def settled() -> bool:
            async with committed_db.session() as session:
                return len(await dead_jobs(session)) == 1 and await _queued(committed_db) == 1

        await until(settled)
    assert seen == [0, 1]


async def test_a_job_waits_for_the_houses_clock(committed_db: Database) -> None:
    jobs = Jobs("kernel")
    ran = asyncio.Event()

    @jobs.steps("test.due")
    async def due(run: Run) -> None:
        ran.set()

    async with committed_db.transaction() as session:
        await jobs.enqueue(session, "test.due", due_at=now() + timedelta(seconds=1.5))
    with use(FixedClock(now() - timedelta(minutes=1))):
        async with working(committed_db, jobs):
            await asyncio.sleep(2.5)
            assert not ran.is_set()


async def test_lanes_do_not_touch_each_other(committed_db: Database) -> None:
    jobs = Jobs("kernel")
    ran: list[str] = []

    @jobs.steps("test.bulk", lane="bulk")
    async def bulk(run: Run) -> None:
        ran.append("bulk")

    @jobs.steps("test.emergency", lane="emergency")
    async def emergency(run: Run) -> None:
        ran.append("emergency")

    async with committed_db.transaction() as session:
        await jobs.enqueue_many(session, "test.bulk", [({"n": n}, None) for n in range(50)])
        await jobs.enqueue(session, "test.emergency")
    async with working(committed_db, jobs, lanes=["emergency"]):
        await until(lambda: _waiting(committed_db, 50))
        assert ran == ["emergency"]


async def _waiting(database: Database, count: int) -> bool:
    return await _queued(database) == count


async def _is(value: bool) -> bool:
    return value


async def test_unknown_jobs_and_lanes_are_mistakes(db: Database) -> None:
    jobs = Jobs("kernel")
    async with db.session() as session:
        with pytest.raises(ValueError, match="no job"):
            await jobs.enqueue(session, "test.unknown")
    with pytest.raises(ValueError, match="no lane"):
        jobs.job("test.x", lane="fast")(purge)


CRASHING = """
import asyncio, os, sys
from hanoismart.server.database import Database
from hanoismart.server.worker import Worker
from datetime import timedelta
from tests.kernel.crashing import jobs

async def main():
    await Worker(Database(sys.argv[1]), jobs, heartbeat_timeout=timedelta(seconds=2)).run()

asyncio.run(main())
"""


async def test_a_worker_killed_in_mid_job_runs_it_again_with_one_effect(committed_db: Database, cloned_url: str) -> None:
    from tests.kernel.crashing import jobs

    async with committed_db.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("CREATE TABLE public.effect (id text PRIMARY KEY, pid int, started int NOT NULL)")
        await jobs.enqueue(session, "test.crash", {"id": "one"})
    first = _start(cloned_url)
    try:
        await until(lambda: _started(committed_db, 1))
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        second = _start(cloned_url)
        try:
            await until(lambda: _empty(committed_db), 30)
        finally:
            second.kill()
            second.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            first.kill()
    async with committed_db.session() as session:
        rows = (await session.execute(text("SELECT id, pid FROM public.effect"))).all()
    assert [row.id for row in rows] == ["one"]
    assert rows[0].pid == second.pid


def _start(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CRASHING, url], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def _started(database: Database, times: int) -> bool:
    async with database.session() as session:
        locks = await session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND granted"))
        return (locks or 0) >= times


async def test_the_worker_comes_back_when_its_connections_are_cut(committed_db: Database) -> None:
    jobs = Jobs("kernel")
    ran: list[int] = []

    @jobs.steps("test.after")
    async def after(run: Run) -> None:
        ran.append(1)

    async with working(committed_db, jobs):
        await asyncio.sleep(0.5)
        await _cut(committed_db)
        async with committed_db.transaction() as session:
            await jobs.enqueue(session, "test.after")
        await until(lambda: _is(bool(ran)), 30)


async def _cut(database: Database) -> None:
    connection = await asyncpg.connect(dsn=database.dsn)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()
