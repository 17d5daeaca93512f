"""Retention: the schedule and the purges agree, and a table stays flat after a million expired codes, in batches of seconds."""

from datetime import timedelta

from sqlalchemy import func, select, text

from hanoismart import clock
from hanoismart.server.database import Database
from identity.oauth.models import SpentIdentifier
from identity.retention import purges, service
from identity.retention.models import RetentionAction
from identity.retention.routes import router
from kernel.models import AuditEntry
from tests.support.apps import served
from tests.support.people import a_person

assert purges
MILLION, PART = 1_000_000, 50_000


async def test_a_million_expired_codes_leave_a_flat_table(committed_db: Database) -> None:
    moment = clock.now()
    fill = text(
        "INSERT INTO identity.spent_identifier (digest, expires_at)"
        " SELECT sha256(number::text::bytea), CAST(:over AS timestamptz) FROM generate_series(CAST(:first AS int), :last) AS number"
    )
    for first in range(1, MILLION, PART):
        async with committed_db.transaction() as session:
            await session.execute(fill, {"over": moment - timedelta(minutes=1), "first": first, "last": first + PART - 1})
    async with committed_db.transaction() as session:
        session.add(SpentIdentifier(digest=bytes(32), expires_at=moment + timedelta(hours=1)))
    gone = await service.enforce(committed_db, budget=timedelta(minutes=10))
    assert gone["oauth.spent_identifier"] == MILLION
    async with committed_db.session() as session:
        assert await session.scalar(select(func.count()).select_from(SpentIdentifier)) == 1


async def test_every_purge_has_its_row_and_every_row_that_deletes_its_purge(db: Database) -> None:
    async with db.session() as session:
        rules = {row.name: row for row in await service.schedule(session)}
    acting = {name for name, row in rules.items() if row.action is not RetentionAction.KEEP}
    assert set(service.registered()) <= acting
    assert acting - set(service.registered()) == {"privacy.archive"}  # its blob goes first: identity.privacy.jobs
    assert all(row.source and row.what_vi and row.what_en for row in rules.values())


async def test_the_schedule_is_public_and_a_change_is_audited(db: Database) -> None:
    async with db.transaction() as session:
        thu = await a_person(session, name="Thu")
    async with served(db, [router]) as hub:
        rules = (await hub.client.get("/v1/privacy/retention")).json()["rules"]
        assert {"keep", "delete", "erase"} == {one["action"] for one in rules}
        hub.caller.person(thu, permissions=["retention.manage"])
        body = {"hours": 48, "source": "HanoiSmart: two days"}
        assert (await hub.client.put("/v1/staff/retention/proofing.enrolment", json=body)).json()["hours"] == 48
        assert (await hub.client.put("/v1/staff/retention/audit.entry", json=body)).json()["code"] == "retention.rule_not_found"
        async with db.session() as session:
            entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "retention.changed"))).one()
            assert entry.facts == {"before": 24, "hours": 48}
