"""What a mini-app's backend is made of, said once: its schema, migrations, routes, jobs, and the hub's messages it hears."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Column, DateTime, MetaData, String, Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.server.jobs import Jobs
from hanoismart.server.miniapp.verification import AssertionRefused, Verifier
from hanoismart.tokens import Launch
from hanoismart.webhooks import Received

Heard = Callable[[AsyncSession, Received], Awaitable[None]]


def once_table(metadata: MetaData) -> Table:
    """The table of what counts once: ids of webhooks and of launch tokens."""
    return Table(
        "counted_once",
        metadata,
        Column("key", String(300), primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False, index=True),
    )


@dataclass
class Backend:
    """One backend. `schema` is its PostgreSQL schema (`miniapp_<name>`), `migrations` the folder of its Alembic scripts.

    `once` is made by `once_table` in its metadata; so is `answers` by `replay_table`, where Idempotency-Key shall be understood. (A backend
    that calls the hub while it answers does without: a replay would hold its transaction meanwhile.) `confirm_erasures`: once what is
    heard as `account.erased` is committed, the hub is told so; switch it off where erasing ends later.
    """

    app_id: str
    schema: str
    migrations: Path
    once: Table
    jobs: Jobs
    routers: Sequence[APIRouter] = ()
    answers: Table | None = None
    heard: dict[str, Heard] = field(default_factory=dict)
    confirm_erasures: bool = True

    def webhook(self, kind: str) -> Callable[[Heard], Heard]:
        """Register what happens when the hub says `kind`: once per message, in the transaction that notes its id."""

        def register(handler: Heard) -> Heard:
            if kind in self.heard:
                raise ValueError(f"{kind} is heard twice")
            self.heard[kind] = handler
            return handler

        return register

    async def first(self, session: AsyncSession, key: str) -> bool:
        """Note `key`; False when it was noted before."""
        noted = insert(self.once).values(key=key, at=clock.now()).on_conflict_do_nothing().returning(self.once.c.key)
        return (await session.execute(noted)).one_or_none() is not None

    async def launched(self, session: AsyncSession, parts: Mapping[str, Any], raw: str) -> Launch:
        """Who opened the app; a launch token counts once. Raises AssertionRefused."""
        verifier: Verifier = parts["verifier"]
        launch = await verifier.launch(raw)
        if not await self.first(session, f"launch:{launch.grant.jti}"):
            raise AssertionRefused(step="reused")
        return launch
