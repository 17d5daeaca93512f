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
    process = compose(settings, application_name="hanoismart-worker")
    async with wiring.beside_jobs(process) as resources:
        worker = Worker(process.database, jobs, lanes=lanes, resources=resources)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        try:
            await worker.run()
        finally:
            await process.close()
