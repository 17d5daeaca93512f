"""The worker: takes jobs from the queue lane by lane, and comes back by itself when the database was away."""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import orjson
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import PgqException, RetryRequested

from hanoismart.server.database import Database
from hanoismart.server.jobs import LANES, MAX_BACKOFF, GiveUp, Job, Jobs, RetryLater, Run, due

log = structlog.get_logger()
POLL = timedelta(seconds=2)
RECOVERY = timedelta(seconds=1)
# New jobs wake the worker by NOTIFY; a retried one is an UPDATE, of which the queue sends none, and is found by looking.


class JobFailed(Exception):
    """Takes the place of the handler's own exception in the queue's log: only the class name, never a message with a value in it."""


class Lane(QueueManager):
    """A queue manager that probes its listener only once it listens: the library's first probe races its own LISTEN and may be lost."""

    async def _run_periodic_health_check(self, interval: timedelta = timedelta(seconds=10)) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.shutdown.wait(), interval.total_seconds())
        await super()._run_periodic_health_check(interval)


class Worker:
    """Runs the jobs of one schema for the given lanes until stopped."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        *,
        lanes: Sequence[str] = LANES,
        resources: Mapping[str, Any] | None = None,
        heartbeat_timeout: timedelta = timedelta(seconds=30),
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._lanes = lanes
        self._resources = dict(resources or {})
        self._heartbeat_timeout = heartbeat_timeout
        self._stopping = asyncio.Event()
        self._managers: list[QueueManager | SchedulerManager] = []

    def stop(self) -> None:
        """Take no more jobs; `run` returns when those under way are done."""
        self._stopping.set()
        for manager in self._managers:
            manager.shutdown.set()

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._serve()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, PgqException, ExceptionGroup, RuntimeError) as error:
                log.warning("worker.interrupted", schema=self._jobs.schema, error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), RECOVERY.total_seconds())

    async def _serve(self) -> None:
        async with asyncpg.create_pool(dsn=self._database.dsn, min_size=1, max_size=4 + 2 * len(self._lanes)) as pool:
            queries = self._queries(pool)
            lanes = [lane for lane in self._lanes if any(job.lane == lane for job in self._jobs.registry.values())]
            self._managers = [self._manager(queries, lane) for lane in lanes]
            tasks = [asyncio.create_task(self._lane(manager)) for manager in self._managers if isinstance(manager, QueueManager)]
            if self._jobs.schedules and "transactional" in self._lanes:
                scheduler = self._scheduler(queries)
                self._managers.append(scheduler)
                tasks.append(asyncio.create_task(scheduler.run()))
            if self._stopping.is_set():
                self.stop()
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _lane(self, manager: QueueManager) -> None:
        await manager.run(
            dequeue_timeout=POLL,
            batch_size=10,
            max_concurrent_tasks=20,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=self._heartbeat_timeout,
            log_aggregation_interval=timedelta(seconds=0),
        )

    def _queries(self, pool: asyncpg.Pool) -> Queries:
        settings = self._jobs.settings
        return Queries(
            driver=AsyncpgPoolDriver(pool),
            qbe=QueryBuilderEnvironment(settings),
            qbq=QueryQueueBuilder(settings),
            qbs=QuerySchedulerBuilder(settings),
        )

    def _manager(self, queries: Queries, lane: str) -> Lane:
        manager = Lane(queries, channel=self._jobs.settings.channel)
        for job in self._jobs.registry.values():
            if job.lane == lane:
                manager.entrypoint(job.name, on_failure="hold", concurrency_limit=job.concurrency, accepts_context=False)(self._runner(job))
        return manager

    def _scheduler(self, queries: Queries) -> SchedulerManager:
        scheduler = SchedulerManager(queries)
        for schedule in self._jobs.schedules.values():
            scheduler.schedule(schedule.name, schedule.expression, accepts_context=False)(self._ticker(schedule.job))
        return scheduler

    def _ticker(self, job: str) -> Any:
        handler = self._jobs.registry[job].handler

        async def tick(_schedule: models.Schedule) -> None:
            # Run here rather than queued: a tick that fails is made good by the next one.
            try:
                await handler(Run({}, 0, self._database, self._resources))
            except Exception as error:  # noqa: BLE001 (one bad tick must not end the scheduler)
                log.warning("schedule.failed", job=job, error=type(error).__name__)

        return tick

    def _runner(self, job: Job) -> Any:
        async def run(queued: models.Job) -> None:
            given = Run(orjson.loads(queued.payload or b"{}"), queued.attempts, self._database, self._resources)
            wait = due(given)
            if wait.total_seconds() > 0:
                raise RetryRequested(delay=min(wait, timedelta(hours=1)), reason="not due")
            await attempt(job, given)

        return run


async def attempt(job: Job, run: Run) -> None:
    """Run a handler once and turn its failure into what the queue understands.

    Raises RetryRequested (backoff: 2^n seconds up to 15 minutes, with jitter) or JobFailed, which holds the job.
    """
    try:
        await job.handler(run)
    except RetryLater as later:
        raise RetryRequested(delay=later.delay, reason=str(later)) from None
    except GiveUp as reason:
        raise JobFailed(str(reason)) from None
    except Exception as error:  # noqa: BLE001 (whatever a handler raises must end as a retry or a held job)
        name = type(error).__name__
        log.warning("job.failed", job=job.name, attempt=run.attempt, error=name)
        if run.attempt + 1 >= job.max_attempts:
            raise JobFailed(name) from None
        delay = min(timedelta(seconds=2**run.attempt), MAX_BACKOFF)
        raise RetryRequested(delay=delay * random.uniform(1, 1.2), reason=name) from None  # noqa: S311 (jitter, not a secret)
