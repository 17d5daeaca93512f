"""A request whose job fails for good is seen by officers, rung for once per failure, and started again."""

from pathlib import Path
from uuid import UUID

import pytest
from obstore.store import LocalStore
from sqlalchemy import func, select, text, update

from app import wiring
from hanoismart.server.database import Database
from identity.access.models import Role
from identity.access.service import grant_role
from identity.privacy.models import PrivacyRequest, RequestState, RequestType
from identity.privacy.routes import router
from identity.privacy.service import Asked, file
from identity.privacy.staff_routes import router as staff_router
from kernel.blobs import Blobs
from kernel.jobs import jobs
from kernel.models import EventRow
from notifications.inbox.models import Notification
from tests.support.apps import Served, served
from tests.support.people import a_person
from tests.support.work import run_jobs

STAFF = "/v1/staff/privacy/requests"
NOTE = {"note_vi": "Không được.", "note_en": "No."}


async def _held(database: Database, name: str = "privacy.export") -> None:
    """The worker gave up on it."""
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE kernel.pgqueuer SET status = 'failed', updated = clock_timestamp() WHERE entrypoint = :name"), {"name": name}
        )


async def _asked(database: Database, kind: RequestType) -> tuple[UUID, UUID]:
    """The request of a person, and an officer."""
    wiring.install()
    async with database.transaction() as session:
        lan, officer = await a_person(session), await a_person(session, name="Minh")
        await grant_role(session, officer, Role.PRIVACY_OFFICER, granted_by=None)
        return (await file(session, lan, Asked(kind))).id, officer


async def _rung(database: Database, officer: UUID) -> int:
    await run_jobs(database, "on.staff.privacy_stuck")
    async with database.session() as session:
        found = select(func.count()).where(Notification.person_id == officer, Notification.template_key == "staff.stuck")
        return await session.scalar(found) or 0


async def _stuck(hub: Served) -> list[str]:
    answer = (await hub.client.get(STAFF, params={"stuck": "true"})).json()
    assert all(item["failed_at"] for item in answer["items"])
    return [item["id"] for item in answer["items"]]


async def test_an_archive_that_failed_for_good_rings_once_and_is_made_at_the_second_try(committed_db: Database, tmp_path: Path) -> None:
    request, officer = await _asked(committed_db, RequestType.ACCESS)
    await run_jobs(committed_db, "privacy.alarm")
    async with served(committed_db, [router, staff_router]) as hub:
        hub.caller.person(officer, permissions=["privacy.handle"])
        assert await _stuck(hub) == []
        assert (await hub.client.post(f"{STAFF}/{request}/claim")).status_code == 200
        assert (await hub.client.post(f"{STAFF}/{request}/retry")).json()["code"] == "privacy.not_stuck"
        for failures in (1, 2):
            await _held(committed_db)
            for _ in range(2):
                await _alarm(committed_db)
            assert await _stuck(hub) == [str(request)]
            assert await _rung(committed_db, officer) == failures
            again = await hub.client.post(f"{STAFF}/{request}/retry")
            assert (again.status_code, again.json()["failed_at"]) == (200, None)
            assert await _stuck(hub) == []
        await run_jobs(committed_db, "privacy.export", blobs=Blobs(LocalStore(str(tmp_path))))
    async with committed_db.session() as session:
        row = await session.get_one(PrivacyRequest, request)
        assert row.state is RequestState.DONE
        told = select(func.count()).where(EventRow.name == "identity.privacy_stuck")
        assert await session.scalar(told) == 2


async def _alarm(database: Database) -> None:
    async with database.transaction() as session:
        await jobs.enqueue(session, "privacy.alarm")
    await run_jobs(database, "privacy.alarm")


@pytest.mark.parametrize("kind", [RequestType.ACCESS, RequestType.ERASE])
async def test_only_the_officer_who_claimed_it_starts_it_again_and_nothing_over_is_touched(
    committed_db: Database, kind: RequestType
) -> None:
    request, officer = await _asked(committed_db, kind)
    await _held(committed_db, {RequestType.ACCESS: "privacy.export", RequestType.ERASE: "privacy.erase"}[kind])
    await _alarm(committed_db)
    async with served(committed_db, [staff_router]) as hub:
        hub.caller.person(officer, permissions=["privacy.handle"])
        assert await _stuck(hub) == [str(request)]
        assert (await hub.client.post(f"{STAFF}/{request}/retry")).json()["code"] == "privacy.request_taken"
        await hub.client.post(f"{STAFF}/{request}/claim")
        assert (await hub.client.post(f"{STAFF}/{request}/refuse", json=NOTE)).status_code == 200
        assert (await hub.client.post(f"{STAFF}/{request}/retry")).json()["code"] == "privacy.request_over"
        assert await _stuck(hub) == []
        async with committed_db.transaction() as session:
            await session.execute(update(PrivacyRequest).values(failed_at=None))
        await _alarm(committed_db)
    assert await _rung(committed_db, officer) == 1
