"""The life of one checkout's servers: first start, reuse, stop, crash."""

import asyncio
import os
import signal
import time
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from kernel import embedded
from kernel.embedded import processes
from kernel.embedded.__main__ import NOT_RUNNING, main
from tests.kernel.embedded.conftest import Checkout

BOTH = frozenset({"postgres", "valkey"})


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string())
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def remember(servers: embedded.Servers, key: str) -> None:
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.set(key, "1")
        assert await redis.get(key) == b"1"


def server_pid(root: Path) -> int:
    return int((root / ".data/servers/postgres-18/postmaster.pid").read_text().split()[0])


def processes_of(root: Path) -> list[int]:
    return [pid for folder in ("postgres-18", "valkey") for pid in processes.all_in(root / ".data/servers" / folder)]


async def test_first_start_gives_both_servers_quickly_and_a_later_one_reuses_them(checkout: Checkout) -> None:
    root = checkout("checkout")
    began = time.monotonic()
    first = embedded.start(root, keep=True)
    assert time.monotonic() - began < 5
    assert first.started == BOTH
    assert await ask(first.database_url, "SELECT current_database() || ' ' || current_setting('server_encoding')") == "hanoismart UTF8"
    assert await ask(first.database_url, "SELECT lower('ĐƯỜNG HOÀ MÃ')") == "đường hoà mã"
    assert await ask(first.database_url, "SELECT current_setting('fsync') || current_setting('TimeZone')") == "onUTC"
    await remember(first, "lan")

    again = embedded.start(root, keep=True)
    assert again.started == frozenset()
    assert (again.database_url, again.redis_url) == (first.database_url, first.redis_url)


async def test_sqlalchemy_takes_the_url_of_a_path_with_spaces_and_vietnamese_letters(checkout: Checkout) -> None:
    root = checkout("Dự án của Hòa/hà nội 100% + mới")
    servers = embedded.start(root, keep=True)
    assert (root / ".data/servers/.s.PGSQL.5432").is_socket()
    engine = create_async_engine(servers.database_url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()
    assert await ask(servers.database_url, "SELECT 1") == 1
    await remember(servers, "hòa")


def test_stop_leaves_no_process_and_a_later_start_is_quick(checkout: Checkout) -> None:
    root = checkout("checkout")
    embedded.start(root, keep=True)
    assert len(processes_of(root)) > 2
    embedded.stop(root)
    assert processes_of(root) == []
    began = time.monotonic()
    assert embedded.start(root, keep=True).started == BOTH
    assert time.monotonic() - began < 2


async def test_after_a_kill_the_next_start_recovers_what_was_committed(checkout: Checkout) -> None:
    root = checkout("checkout")
    servers = embedded.start(root, keep=True)
    await ask(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    for pid in (server_pid(root), *processes.all_in(root / ".data/servers/valkey")):
        os.kill(pid, signal.SIGKILL)
    for folder in ("postgres-18", "valkey"):
        processes.end_all_in(root / ".data/servers" / folder, patience=5)
    servers = embedded.start(root, keep=True)
    assert servers.started == BOTH
    assert await ask(servers.database_url, "SELECT number FROM kept") == 7
    await remember(servers, "minh")


def test_a_pid_file_that_names_somebody_else_is_not_believed(checkout: Checkout) -> None:
    root = checkout("checkout")
    embedded.start(root, keep=True)
    pid_file = root / ".data/servers/postgres-18/postmaster.pid"
    lines = pid_file.read_text().splitlines(keepends=True)
    embedded.stop(root)
    pid_file.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))
    assert embedded.status(root)["postgres"] is False
    assert "postgres" in embedded.start(root, keep=True).started


def test_the_fast_servers_of_tests_are_marked_by_their_settings(checkout: Checkout) -> None:
    servers = embedded.start(checkout("checkout"), durable=False, keep=True)
    assert asyncio.run(ask(servers.database_url, "SELECT current_setting('fsync')")) == "off"


def test_two_checkouts_run_side_by_side(checkout: Checkout) -> None:
    one, two = checkout("one"), checkout("two")
    first, second = embedded.start(one, keep=True), embedded.start(two, keep=True)
    assert second.started == BOTH
    assert {first.database_url, first.redis_url}.isdisjoint({second.database_url, second.redis_url})
    embedded.stop(one)
    assert embedded.status(two) == {"postgres": True, "valkey": True}


def test_the_command_starts_reports_stops_and_removes(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    root = checkout("checkout")
    where = ["--root", str(root)]
    assert main(["status", *where]) == NOT_RUNNING
    assert main(["start", *where]) == 0
    assert f"HANOISMART_DATABASE_URL=postgresql+asyncpg://postgres@/hanoismart?host={root}" in capsys.readouterr().out
    assert main(["status", *where]) == 0
    assert main(["stop", *where]) == 0
    assert main(["status", *where]) == NOT_RUNNING
    assert main(["remove", *where]) == 0
    assert not (root / ".data").exists()
