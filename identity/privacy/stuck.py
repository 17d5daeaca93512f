"""Finds requests whose own job failed for good, so that an officer sees them and starts the job again; nobody waits for a dead job."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.events import PrivacyStuck
from identity.privacy import handling
from identity.privacy.models import PrivacyRequest
from identity.privacy.service import ERASE, EXPORT, OPEN
from kernel.audit import record
from kernel.dead_jobs import HeldJob, held, replay
from kernel.events import emit

JOBS: Final = (EXPORT, ERASE)
STUCK = Counter("hanoismart_privacy_stuck", "Requests about personal data whose job failed for good", ["type"])
log = structlog.get_logger()


class NotStuck(Problem):
    code = "privacy.not_stuck"
    status = 409
    title = Text(vi="Yêu cầu này không có tác vụ nào bị lỗi", en="No job of this request has failed")


async def find(session: AsyncSession) -> None:
    """Marks each open request whose job is held and tells of it, once per failure: a job that was started again may fail again."""
    failed = {UUID(job.payload["id"]): job for job in await held(session, JOBS)}
    marked = select(PrivacyRequest).where(PrivacyRequest.id.in_(failed), PrivacyRequest.state.in_(OPEN))
    for row in await session.scalars(marked.with_for_update(skip_locked=True)):
        when = failed[row.id].failed_at
        if row.failed_at is not None and row.failed_at >= when:
            continue
        row.failed_at = when
        STUCK.labels(row.type.value).inc()
        log.warning("privacy.stuck", request=str(row.id), type=row.type.value)
        await record(session, actor="system:privacy", action="privacy.stuck", subject=f"privacy_request:{row.id}")
        await emit(session, PrivacyStuck(row.id, row.type.value, when))


async def retry(session: AsyncSession, request_id: UUID, officer: UUID) -> PrivacyRequest:
    """Starts the job of a request again from its first attempt. Raises RequestNotFound, RequestTaken, RequestOver, NotStuck."""
    row = await handling.of(session, request_id, officer)
    if not await replay(session, [job.id for job in await _of(session, request_id)]):
        raise NotStuck
    row.failed_at = None
    await session.flush()
    await record(session, actor=f"person:{officer}", action="privacy.retried", subject=f"privacy_request:{request_id}")
    return row


async def _of(session: AsyncSession, request_id: UUID) -> Sequence[HeldJob]:
    return [job for job in await held(session, JOBS) if UUID(job.payload["id"]) == request_id]
