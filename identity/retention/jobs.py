"""Enforces the retention schedule every minute."""

import structlog

from hanoismart.server.jobs import Run
from identity.retention import purges, service
from kernel.jobs import jobs

log = structlog.get_logger()
assert purges  # noqa: S101 - importing registers what identity's rooms remove


@jobs.steps("retention.enforce", lane="bulk", concurrency=1)
async def enforce(run: Run) -> None:
    """Counts stand in the log, never what was removed."""
    gone = await service.enforce(run.database)
    if gone:
        log.info("retention.enforced", **{name.replace(".", "_"): count for name, count in gone.items()})


jobs.every("* * * * *", "retention.enforce")
