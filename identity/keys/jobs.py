"""Keys change on their own before they grow old."""

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.jobs import Run
from identity.keys import rotation
from kernel.jobs import jobs


@jobs.job("keys.rotate", lane="bulk")
async def rotate(session: AsyncSession, _run: Run) -> None:
    await rotation.rotate_aged(session)


jobs.every("17 3 * * *", "keys.rotate")
