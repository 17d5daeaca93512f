"""Simulated occupancy, labelled so, until operators report their own."""

import hashlib
import math
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.jobs import Run
from hanoismart.worktime import HANOI
from miniapps.parking.server.places.models import Capacity, OccupancyObservation, Source
from miniapps.parking.server.queue import jobs

KEPT = timedelta(days=1)


@jobs.job("parking.simulate", lane="bulk")
async def simulate(session: AsyncSession, _run: Run) -> None:
    """One observation per place and vehicle class; yesterday's are forgotten."""
    moment = now()
    hour = moment.astimezone(HANOI).hour
    for row in await session.scalars(select(Capacity)):
        seed = hashlib.sha256(f"{row.place_id}:{row.vehicle_class}:{int(moment.timestamp()) // 600}".encode()).digest()[0] / 255
        busy = 0.35 + 0.45 * math.exp(-(((hour - 10) / 5) ** 2)) + 0.2 * (seed - 0.5)
        free = max(0, min(row.spaces, round(row.spaces * (1 - busy))))
        session.add(
            OccupancyObservation(
                id=new_id(), place_id=row.place_id, vehicle_class=row.vehicle_class, at=moment, free=free, source=Source.SIMULATED
            )
        )
    await session.execute(delete(OccupancyObservation).where(OccupancyObservation.at < moment - KEPT))


jobs.every("*/10 * * * *", "parking.simulate")
