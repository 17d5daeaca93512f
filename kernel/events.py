"""Events: a fact is written with the change that made it true, and every consumer hears of it at least once and acts on it once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar, get_type_hints
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from kernel.models import EventReceipt, EventRow


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events: frozen, of ids, numbers, moments and short words only; never personal data."""

    name: ClassVar[str]


Kind = TypeVar("Kind", bound=Event)
Reaction = Callable[[AsyncSession, Any], Awaitable[None]]
_consumers: dict[type[Event], list[str]] = {}


def on(kind: type[Kind], consumer: str, *, lane: str = "transactional") -> Callable[[Reaction], Reaction]:
    """Register a reaction (app/wiring only). `consumer` names it for good: its receipts stand under that name."""

    def register(reaction: Reaction) -> Reaction:
        async def deliver(session: AsyncSession, run: Run) -> None:
            event_id = UUID(run.payload["event_id"])
            receipt = insert(EventReceipt).values(consumer=consumer, event_id=event_id).on_conflict_do_nothing()
            if (await session.execute(receipt.returning(EventReceipt.event_id))).one_or_none() is None:
                return
            payload = await session.scalar(select(EventRow.payload).where(EventRow.id == event_id))
            if payload is not None:
                await reaction(session, _load(kind, payload))

        jobs.job(f"on.{consumer}", lane=lane)(deliver)
        _consumers.setdefault(kind, []).append(f"on.{consumer}")
        return reaction

    return register


async def emit(session: AsyncSession, event: Event) -> None:
    """Write the event and one delivery per consumer in the caller's transaction."""
    row = EventRow(id=new_id(), name=event.name, payload=_dump(event), occurred_at=now())
    session.add(row)
    await session.flush()
    for consumer in _consumers.get(type(event), []):
        await jobs.enqueue(session, consumer, {"event_id": str(row.id)}, dedupe=str(row.id))


def _dump(event: Event) -> dict[str, Any]:
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
        for name, value in values.items()
    }


def _load(kind: type[Kind], payload: dict[str, Any]) -> Kind:
    hints = get_type_hints(kind)
    return kind(**{field.name: _typed(hints[field.name], payload.get(field.name)) for field in fields(kind)})


def _typed(hint: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kinds = {hint, *getattr(hint, "__args__", ())}
    if UUID in kinds:
        return UUID(value)
    return datetime.fromisoformat(value) if datetime in kinds else value
