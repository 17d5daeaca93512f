"""The worker process: the hub's jobs, and those of the mini-apps that run in this house."""

import asyncio
import signal
from collections.abc import Sequence

from app import wiring
from app.composition import compose
from hanoismart.server.worker import Worker
from kernel import telemetry
from kernel.jobs import jobs
from kernel.settings import Settings


async def serve(settings: Settings, lanes: Sequence[str]) -> None:
    """Take jobs until the process is asked to end; those under way are finished."""
    telemetry.configure(settings.log_format)
    wiring.install()
    process = compose(settings, application_name="hanoismart-worker", hub_in_process=False)
    workers = [Worker(process.database, jobs, lanes=lanes, resources=process.runtime.parts)]
    workers += [mounted.worker for mounted in process.backends.mounted.values()]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, workers)
    try:
        await asyncio.gather(*(worker.run() for worker in workers))
    finally:
        await process.close()


def _stop(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.stop()
