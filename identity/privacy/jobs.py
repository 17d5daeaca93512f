"""Makes archives, erases accounts when their time to think is over, rings for what is overdue, and removes archives past their days."""

from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from hanoismart.text import Text
from identity.events import PrivacyOverdue
from identity.privacy import archive, erasure, own, stuck
from identity.privacy.models import PrivacyRequest, RequestState
from identity.privacy.service import ERASE, EXPORT, OPEN, finish
from kernel.audit import record
from kernel.blobs import Blobs
from kernel.events import emit
from kernel.jobs import jobs

log = structlog.get_logger()
OVERDUE = Counter("hanoismart_privacy_overdue", "Requests about personal data that passed their legal clock", ["type"])
READY = Text(vi="Bản sao dữ liệu đã sẵn sàng, tải trong 7 ngày.", en="Your archive is ready; fetch it within 7 days.")
ERASED = Text(vi="Tài khoản đã được xóa.", en="The account is erased.")
_AT_ONCE = 100
assert own  # noqa: S101 - importing registers what identity itself hands in


@jobs.job(EXPORT, lane="bulk")
async def export(session: AsyncSession, run: Run) -> None:
    """Collects from every room, signs, seals, and tells the person. Safe to run again: a request that is over is left alone."""
    row = await session.get(PrivacyRequest, UUID(run.payload["id"]), with_for_update=True)
    if row is None or row.state not in OPEN:
        return
    blobs: Blobs = run.resources["blobs"]
    files = await archive.collect(session, row.person_id)
    await archive.keep(session, blobs, row, await archive.packed(session, row, files), files)
    await finish(session, row, RequestState.DONE, role="system", note=READY)


@jobs.job(ERASE)
async def erase(session: AsyncSession, run: Run) -> None:
    """Erases when the time to think is over and nobody cancelled."""
    row = await session.get(PrivacyRequest, UUID(run.payload["id"]), with_for_update=True)
    if row is None or row.state not in OPEN:
        return
    await finish(session, row, RequestState.DONE, role="system", note=ERASED)
    await erasure.erase(session, row.person_id)


@jobs.job("privacy.alarm")
async def alarm(session: AsyncSession, _run: Run) -> None:
    """Rings for what is stuck, and once for each open request past a clock: the answer's while nobody answered, else that of the end."""
    await stuck.find(session)
    unanswered = (PrivacyRequest.state == RequestState.RECEIVED) & (PrivacyRequest.answer_due_at < now())
    late = select(PrivacyRequest).where(
        PrivacyRequest.state.in_(OPEN), PrivacyRequest.alarmed_at.is_(None), or_(unanswered, PrivacyRequest.due_at < now())
    )
    for row in await session.scalars(late.limit(_AT_ONCE).with_for_update(skip_locked=True)):
        row.alarmed_at = now()
        OVERDUE.labels(row.type.value).inc()
        log.warning("privacy.overdue", request=str(row.id), type=row.type.value)
        await record(session, actor="system:privacy", action="privacy.overdue", subject=f"privacy_request:{row.id}")
        await emit(session, PrivacyOverdue(row.id, row.type.value))


@jobs.steps("privacy.sweep", lane="bulk")
async def sweep(run: Run) -> None:
    """The blob goes before its row, so that nothing is left behind that nobody knows of."""
    blobs: Blobs = run.resources["blobs"]
    async with run.database.session() as session:
        found = await archive.over(session, limit=_AT_ONCE)
    for archive_id, blob in found:
        await blobs.delete(blob)
        async with run.database.transaction() as session:
            await archive.forget(session, archive_id)
    async with run.database.transaction() as session:
        await erasure.release_indexes(session, limit=_AT_ONCE)


jobs.every("* * * * *", "privacy.alarm")
jobs.every("*/10 * * * *", "privacy.sweep")
