"""Asks every backend every half minute whether it is well, with some jitter so that nobody is asked on the stroke."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiohttp
import httpx
from sqlalchemy import select
from starlette.types import ASGIApp

from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from kernel.outbound import guarded_session
from plugins.health.models import BackendHealth
from plugins.ports import InProcessBackends, NoBackends
from plugins.registry.changes import changed
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, PlacementKind, Version, VersionState
from plugins.settings import settings

FAILURES: Final = 2
"""So many polls in a row must fail before an app is called interrupted; one good one ends it."""
SECONDS: Final = 5.0
JITTER: Final = timedelta(seconds=10)
_AT_ONCE: Final = 50
WELL: Final = "well"


@dataclass(frozen=True, slots=True)
class Target:
    """Where an app's live version is asked."""

    app_id: str
    placement: PlacementKind
    address: str
    path: str


async def targets(database: Database) -> list[Target]:
    """The live versions of published apps that have a backend."""
    async with database.session() as session:
        found = select(Version).join(MiniApp, MiniApp.app_id == Version.app_id)
        rows = await session.scalars(found.where(Version.state == VersionState.LIVE, MiniApp.status == AppStatus.PUBLISHED))
        wanted = [(row, manifest_of(row.manifest).hs.backend) for row in rows]
    return [Target(row.app_id, row.placement, row.address, backend.health) for row, backend in wanted if backend is not None]


async def ask(target: Target, http: aiohttp.ClientSession, inner: InProcessBackends) -> str:
    """`well`, or what was found in one word; any answer below 500 is a sign of life."""
    try:
        async with asyncio.timeout(SECONDS):
            if target.placement is PlacementKind.IN_PROCESS:
                app = inner.app(target.app_id)
                return WELL if app is None else _judged(await _inside(app, target.path))  # another process holds it
            async with http.get(target.address + target.path, allow_redirects=False) as answer:
                return _judged(answer.status)
    except TimeoutError:
        return "timeout"
    except (aiohttp.ClientError, OSError, ValueError):
        return "unreachable"
    except Exception:  # noqa: BLE001 (a backend in this process may raise anything; over HTTP it would be no answer)
        return "crashed"


def _judged(status: int) -> str:
    return WELL if status < 500 else f"status_{status}"


async def _inside(app: ASGIApp, path: str) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://backend.internal") as http:
        return (await http.get(path)).status_code


@jobs.steps("plugins.poll_health", lane="bulk", max_attempts=1)
async def poll(run: Run) -> None:
    """Ask all, and keep what was found."""
    inner: InProcessBackends = run.resources.get("miniapp_backends", NoBackends())
    jitter: timedelta = run.resources.get("health_jitter", JITTER)
    at_once = asyncio.Semaphore(_AT_ONCE)
    async with guarded_session(allow_inward=settings().inward_calls, connections=_AT_ONCE) as http:

        async def one(target: Target) -> tuple[str, str]:
            await asyncio.sleep(random.uniform(0, jitter.total_seconds()))  # noqa: S311 (jitter, not a secret)
            async with at_once:
                return target.app_id, await ask(target, http, inner)

        found = await asyncio.gather(*(one(target) for target in await targets(run.database)))
    await keep(run.database, found)


async def keep(database: Database, found: Sequence[tuple[str, str]]) -> None:
    """Write down what was found; whoever holds a catalogue hears where an app's badge changed."""
    async with database.transaction() as session:
        held = {row.app_id: row for row in await session.scalars(select(BackendHealth).with_for_update())}
        for app_id, word in found:
            row = held.get(app_id)
            if row is None:
                row = BackendHealth(app_id=app_id, failures=0, interrupted=False, found=word, checked_at=now(), since=None)
                session.add(row)
            row.found, row.checked_at = word, now()
            row.failures = 0 if word == WELL else row.failures + 1
            interrupted = row.failures >= FAILURES
            if interrupted != row.interrupted:
                row.interrupted, row.since = interrupted, now() if interrupted else None
                await changed(session, app_id)


@jobs.steps("plugins.ask_backends")
async def start(run: Run) -> None:
    """Hand the polling to a job of its own, so that slow backends hold up no schedule."""
    async with run.database.transaction() as session:
        await jobs.enqueue(session, "plugins.poll_health", dedupe="poll")


jobs.every("*/30 * * * * *", "plugins.ask_backends")
