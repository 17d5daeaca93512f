"""What happens to a session while nobody looks: it lapses, starts, is reminded of, and ends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.client import HubRefused
from hanoismart.clock import now
from hanoismart.server.jobs import Run
from hanoismart.server.miniapp import hub_of
from hanoismart.server.sealing import Keyring
from hanoismart.text import Text
from miniapps.parking.server.places.models import Place
from miniapps.parking.server.queue import jobs
from miniapps.parking.server.sessions import service
from miniapps.parking.server.sessions.models import ERASED, ParkingSession, SessionState

PRINTED = Text(vi="In tên trên vé", en="Print name on ticket")  # the manifest's words
FINAL = {"backend.not_agreed", "backend.person_unknown", "miniapps.suspended", "miniapps.not_found"}


@jobs.job("parking.lapse")
async def lapse(session: AsyncSession, run: Run) -> None:
    """Close what was not paid in time."""
    await service.lapse(session, UUID(run.payload["segment_id"]))


@jobs.job("parking.end")
async def end(session: AsyncSession, run: Run) -> None:
    """End a session at its time, unless it was extended meanwhile."""
    row = await session.get(ParkingSession, UUID(run.payload["session_id"]), with_for_update=True)
    if row is not None and row.state is SessionState.ACTIVE and row.ends_at <= now():
        row.state = SessionState.ENDED
        row.plate = "" if row.subject == ERASED else row.plate


@jobs.steps("parking.started")
async def started(run: Run) -> None:
    """Read the driver's name once where they agreed, and tell them that they are parked."""
    row, spot = await _seen(run)
    if row is None or row.state is not SessionState.ACTIVE:
        return
    if row.wants_name and row.printed_name is None:
        await _print_name(run, row)
    await _tell(run, row, "parking.started", {"spot": spot, "plate": row.plate}, dedupe=f"{row.id}:started")


@jobs.steps("parking.remind")
async def remind(run: Run) -> None:
    """Say that the time is nearly up, unless the session is over or ends later now."""
    row, spot = await _seen(run)
    if row is None or row.state is not SessionState.ACTIVE or row.ends_at != datetime.fromisoformat(run.payload["ends_at"]):
        return
    minutes = max(1, round((row.ends_at - now()).total_seconds() / 60))
    await _tell(run, row, "parking.expiring", {"spot": spot, "minutes": minutes}, dedupe=f"{row.id}:{int(row.ends_at.timestamp())}")


async def _seen(run: Run) -> tuple[ParkingSession | None, str]:
    async with run.database.transaction() as session:
        row = await session.get(ParkingSession, UUID(run.payload["session_id"]))
        place = None if row is None else await session.get(Place, row.place_id)
    return row, place.name if place else ""


async def _tell(run: Run, row: ParkingSession, template: str, data: dict[str, str | int], *, dedupe: str) -> None:
    try:
        await hub_of(run.resources).notify(row.subject, template, data, dedupe=dedupe)
    except HubRefused as refused:
        if refused.code not in FINAL:  # who did not agree is not told; anything else is tried again
            raise


async def _print_name(run: Run, row: ParkingSession) -> None:
    keyring: Keyring = run.resources["keyring"]
    try:
        values = await hub_of(run.resources).read_person(row.subject, ["profile.name"], PRINTED)
    except HubRefused as refused:
        if refused.code not in FINAL:
            raise
        return
    name = values.get("profile.name")
    if name is None:
        return
    async with run.database.transaction() as session:
        fresh = await session.get_one(ParkingSession, row.id, with_for_update=True)
        if fresh.wants_name:
            fresh.printed_name = keyring.seal(name.encode(), context=row.id.bytes)
