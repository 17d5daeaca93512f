"""Removes uploads that are over, and their files."""

from datetime import timedelta
from time import monotonic

from sqlalchemy import delete, or_, select

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from kernel.uploads.finishing import clear
from kernel.uploads.models import Upload

BATCH = 100
BUDGET = timedelta(seconds=50)


@jobs.steps("kernel.purge_uploads", lane="bulk")
async def purge(run: Run) -> None:
    """The files go first: a row that is left names files that may be left, and the next run finds it again."""
    stop = monotonic() + BUDGET.total_seconds()
    while monotonic() < stop:
        moment = now()
        over = (Upload.expires_at < moment) & or_(Upload.leased_until.is_(None), Upload.leased_until < moment)
        async with run.database.session() as session:
            ids = list(await session.scalars(select(Upload.id).where(over).order_by(Upload.expires_at).limit(BATCH)))
        for upload_id in ids:
            await clear(run.resources["blobs"], upload_id)
        async with run.database.transaction() as session:
            await session.execute(delete(Upload).where(Upload.id.in_(ids), over))
        if len(ids) < BATCH:
            return


jobs.every("* * * * *", "kernel.purge_uploads")
