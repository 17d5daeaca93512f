"""A breach: 72 hours from when it was noticed, an alarm before and after, who was told, and nothing closed in silence."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app import wiring
from app.wiring import words
from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.access.models import Role
from identity.access.service import grant_role
from identity.breaches import jobs as breach_jobs
from identity.breaches import service
from identity.breaches.models import Breach
from identity.breaches.routes import router
from kernel.models import EventRow
from notifications.inbox.models import Notification
from tests.support.apps import served
from tests.support.people import a_person
from tests.support.work import run_jobs

PATH = "/v1/staff/breaches"


async def test_the_clock_runs_rings_and_stops_when_the_authority_is_told(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with db.transaction() as session:
            thu = await a_person(session, name="Thu")
        async with served(db, [router]) as hub:
            hub.caller.person(thu, permissions=["breaches.read"])
            body = {
                "title": "Máy tính bị mất",
                "account": "Máy tính xách tay của cán bộ bị lấy cắp",
                "severity": 3,
                "attributes": ["phone"],
                "noticed_at": (clock.now() - timedelta(hours=10)).isoformat(),
            }
            assert (await hub.client.post(PATH, json=body)).status_code == 403
            hub.caller.person(thu, permissions=["breaches.read", "breaches.handle"])
            tomorrow = body | {"noticed_at": (clock.now() + timedelta(days=1)).isoformat()}
            assert (await hub.client.post(PATH, json=tomorrow)).json()["code"] == "breaches.from_tomorrow"
            made = (await hub.client.post(PATH, json=body)).json()
            assert made["due_at"][:16] == (clock.now() + timedelta(hours=62)).isoformat()[:16]
            for hours in (30, 10, 30, 1):
                time.advance(timedelta(hours=hours))
                async with db.transaction() as session:
                    await breach_jobs.alarm(session, Run({}, 0, db, {}))
            async with db.session() as session:
                rung = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.breach_due").order_by(EventRow.id))
                assert [one["overdue"] for one in rung] == [False, True]
                sealed = (await session.scalars(select(Breach.account))).one()
                assert not any(word.encode() in sealed for word in ("Máy tính", "cán bộ", "lấy cắp"))
            path = f"{PATH}/{made['id']}"
            note = {"note": "done"}
            assert (await hub.client.post(f"{path}/close", json=note)).json()["code"] == "breaches.stands"
            assessed = await hub.client.post(f"{path}/assess", json=note | {"severity": 4, "persons_affected": 12})
            assert assessed.json()["state"] == "assessed"
            assert (await hub.client.post(f"{path}/told", json=note | {"kind": "persons", "whom": "12 residents"})).json()[
                "state"
            ] == "assessed"
            told = await hub.client.post(f"{path}/told", json=note | {"kind": "authority", "whom": "A05, Bộ Công an"})
            assert (told.json()["state"], told.json()["notified_at"] is not None) == ("notified", True)
            assert (await hub.client.post(f"{path}/close", json=note)).json()["state"] == "closed"
            assert (await hub.client.post(f"{path}/assess", json=note | {"severity": 1, "persons_affected": 0})).status_code == 409
            seen = (await hub.client.get(path)).json()
            assert [one["told"] for one in seen["steps"]] == [None, None, "persons", "authority", None]
            assert seen["account"].startswith("Máy tính")
            assert (await hub.client.get(PATH, params={"running": True})).json()["items"] == []


async def test_who_handles_breaches_is_rung_and_two_closings_at_once_are_one(committed_db: Database) -> None:
    wiring.install()
    async with committed_db.transaction() as session:
        thu, hoa = await a_person(session, name="Thu"), await a_person(session, name="Hòa")
        await grant_role(session, thu, Role.PRIVACY_OFFICER, granted_by=None)
        new = service.NewBreach("lost", "a laptop was stolen", 3, ["phone"], None, clock.now() - timedelta(hours=50))
        breach = (await service.open_record(session, new, by=thu)).id
    for _ in range(3):
        async with committed_db.transaction() as session:
            await breach_jobs.alarm(session, Run({}, 0, committed_db, {}))
    await run_jobs(committed_db, "on.")
    async with committed_db.session() as session:
        rung = (await session.execute(select(Notification.person_id, Notification.template_key))).all()
        assert [tuple(row) for row in rung if row.template_key == words.OVERDUE.key] == [(thu, words.OVERDUE.key)]

    async def closed(officer: UUID) -> None:
        async with committed_db.transaction() as session:
            await service.close(session, breach, no_notice_because="nothing could be read", note="encrypted", by=officer)

    answers = await asyncio.gather(closed(thu), closed(hoa), return_exceptions=True)
    assert [type(each) for each in answers].count(service.BreachStands) == 1
    async with committed_db.session() as session:
        assert [row.note for row in await service.steps(session, breach)] == ["opened", "encrypted"]
