"""The audit trail: rows appended in the caller's transaction, sealed into a hash chain a second later."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, Final

import rfc8785
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from kernel.models import AuditEntry, AuditSeal
from kernel.telemetry import current_request_id

BATCH = 2_000
SEALING_LOCK = 0x4853_4155
GENESIS = bytes(32)
APPEND: Final = "INSERT INTO kernel.audit_entry (id, at, actor, action, subject, facts, request_id)"
"""For a statement that appends its row itself, beside the change it tells of; the values are those of `record`."""


async def record(session: AsyncSession, *, actor: str, action: str, subject: str, facts: Mapping[str, Any] | None = None) -> None:
    """Append one row. `actor` and `subject` are `kind:id`; `facts` hold ids and short words, never a person's data."""
    session.add(
        AuditEntry(at=now(), actor=actor, action=action, subject=subject, facts=dict(facts or {}), request_id=current_request_id.get())
    )


def about(subjects: Collection[str], areas: Collection[str]) -> Select[AuditEntry]:
    """The entries about any of these subjects, of actions in these areas: `miniapp` means `miniapp.…`."""
    return select(AuditEntry).where(AuditEntry.subject.in_(subjects), func.split_part(AuditEntry.action, ".", 1).in_(areas))


@jobs.job("audit.seal", lane="bulk")
async def seal(session: AsyncSession, _run: Run) -> None:
    """Chain the entries that are not sealed yet, in the order they are found; one sealer at a time."""
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(SEALING_LOCK))):
        return
    last = (await session.execute(select(AuditSeal.position, AuditSeal.digest).order_by(AuditSeal.position.desc()).limit(1))).one_or_none()
    position, digest = (last.position, last.digest) if last else (0, GENESIS)
    waiting = await session.scalars(
        select(AuditEntry)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.entry_id.is_(None))
        .order_by(AuditEntry.at, AuditEntry.id)
        .limit(BATCH)
    )
    for entry in waiting:
        position, digest = position + 1, _link(digest, entry)
        session.add(AuditSeal(position=position, entry_id=entry.id, digest=digest))


async def broken_at(session: AsyncSession) -> int | None:
    """The position of the first seal that does not follow from its entry and the seal before it; None when the chain holds."""
    digest, expected = GENESIS, 1
    rows = await session.stream(
        select(AuditSeal, AuditEntry).join(AuditEntry, AuditEntry.id == AuditSeal.entry_id).order_by(AuditSeal.position)
    )
    async for sealed, entry in rows:
        digest = _link(digest, entry)
        if sealed.position != expected or sealed.digest != digest:
            return int(sealed.position)
        expected += 1
    return None


def _link(previous: bytes, entry: AuditEntry) -> bytes:
    document = {
        "id": str(entry.id),
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "facts": entry.facts,
        "request_id": entry.request_id,
    }
    return hashlib.sha256(previous + rfc8785.dumps(document)).digest()


jobs.every("* * * * * *", "audit.seal")
