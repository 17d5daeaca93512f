"""Jobs on PostgreSQL (pgqueuer): enqueued in the caller's transaction, retried with backoff, held when they fail for good.

Delivery is at least once: a handler reads the state first and is safe to run twice. Payloads carry ids, never personal data.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import orjson
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.domain.settings import DBSettings
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.database import Database

LANES: Final = ("emergency", "transactional", "social", "digest", "bulk")
MAX_BACKOFF = timedelta(minutes=15)
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """What a handler gets: its payload, which attempt this is (from 0), and the process's resources."""

    payload: dict[str, Any]
    attempt: int
    database: Database
    resources: Mapping[str, Any]


class RetryLater(Exception):
    """Raised by a handler to be run again after `delay` (a provider's Retry-After wins over the backoff)."""

    def __init__(self, delay: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.delay = delay


class GiveUp(Exception):
    """Raised by a handler when retrying cannot help; the job is held for an operator."""


TransactionHandler = Callable[[AsyncSession, Run], Awaitable[None]]
StepHandler = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    lane: str
    handler: StepHandler
    max_attempts: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    expression: str
    job: str


@dataclass
class Jobs:
    """The jobs of one PostgreSQL schema. `schema` holds the queue's tables."""

    schema: str
    registry: dict[str, Job] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)

    @cached_property
    def settings(self) -> DBSettings:
        return DBSettings(db_schema=self.schema, channel=f"jobs_{self.schema}")

    @cached_property
    def _enqueue(self) -> str:
        return QueryQueueBuilder(self.settings).build_enqueue_query("skip")

    def job(
        self, name: str, *, lane: str = "transactional", max_attempts: int = 10, concurrency: int = 0
    ) -> Callable[[TransactionHandler], TransactionHandler]:
        """Register a handler that runs in one transaction."""

        def register(handler: TransactionHandler) -> TransactionHandler:
            async def within(run: Run) -> None:
                async with run.database.transaction() as session:
                    await handler(session, run)

            self._add(Job(name, lane, within, max_attempts, concurrency))
            return handler

        return register

    def steps(
        self, name: str, *, lane: str = "transactional", max_attempts: int = 10, concurrency: int = 0
    ) -> Callable[[StepHandler], StepHandler]:
        """Register a handler that opens its own transactions, because it talks to another process between them."""

        def register(handler: StepHandler) -> StepHandler:
            self._add(Job(name, lane, handler, max_attempts, concurrency))
            return handler

        return register

    def every(self, expression: str, job: str) -> None:
        """Run `job` by a cron expression (a sixth field, if given, counts seconds), once over all workers."""
        if job not in self.registry:
            raise ValueError(f"no job is called {job}")
        self.schedules[job] = Schedule(job, expression, job)

    def _add(self, job: Job) -> None:
        if job.lane not in LANES:
            raise ValueError(f"{job.name}: no lane is called {job.lane}")
        if job.name in self.registry:
            raise ValueError(f"the job {job.name} stands twice")
        self.registry[job.name] = job

    async def enqueue(
        self,
        session: AsyncSession,
        name: str,
        payload: Payload | None = None,
        *,
        due_at: datetime | None = None,
        dedupe: str | None = None,
        priority: int = 0,
    ) -> None:
        """Put a job in the caller's transaction.

        `dedupe` drops it while an equal one waits or runs (a lasting guard is a unique constraint on the business row).
        `due_at` is kept in the payload, and the handler is not run before it by the house's clock.
        """
        await self.enqueue_many(session, name, [(payload or {}, dedupe)], due_at=due_at, priority=priority)

    async def enqueue_many(
        self,
        session: AsyncSession,
        name: str,
        batch: list[tuple[Payload, str | None]],
        *,
        due_at: datetime | None = None,
        priority: int = 0,
    ) -> None:
        """Many jobs of one name in one statement: pairs of payload and dedupe key."""
        if name not in self.registry:
            raise ValueError(f"no job is called {name}")
        if not batch:
            return
        wait = max(due_at - now(), timedelta(0)) if due_at else None
        stamp = {"due_at": due_at.isoformat()} if due_at else {}
        count = len(batch)
        parameters = (
            [priority] * count,
            [name] * count,
            [orjson.dumps({**payload, **stamp}) for payload, _ in batch],
            [wait or timedelta(0)] * count,
            [f"{name}:{dedupe}" if dedupe else None for _, dedupe in batch],
            ["null"] * count,
        )
        # Through the session's own connection, so that the job and its cause are one transaction.
        connection = await session.connection()
        await connection.exec_driver_sql(self._enqueue, parameters)

    def install_statements(self) -> list[str]:
        """DDL of the queue's tables, statement by statement, for a migration."""
        return re.split(r";\n\n(?=CREATE )", QueryBuilderEnvironment(self.settings).build_install_query(create_schema=False))

    def uninstall_statements(self) -> list[str]:
        return [line for line in QueryBuilderEnvironment(self.settings).build_uninstall_query().split(";\n") if line.strip()]


def due(run: Run) -> timedelta:
    """How long until the job is due by the house's clock; zero or less means now."""
    stamp = run.payload.get("due_at")
    return datetime.fromisoformat(stamp) - now() if stamp else timedelta(0)
