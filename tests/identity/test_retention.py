"""Retention: the schedule and the purges agree, and a table stays flat after a million expired codes, in batches of seconds."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.demo.clients import register_clients
from app.demo.devices.mobile import CLIENT_ID
from hanoismart import clock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.models import Base
from identity.oauth.models import DeviceAuthorization, DeviceState, Grant, LogoutDelivery, SpentIdentifier
from identity.retention import purges, service
from identity.retention.models import RetentionAction
from identity.retention.routes import router
from kernel.models import AuditEntry
from tests.support.apps import served
from tests.support.people import a_person, a_sign_in

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


async def test_a_row_that_another_still_needs_is_not_asked_for(db: Database) -> None:
    """What points at a purged table goes with it, or the purge leaves such rows alone: nothing fails by a foreign key."""
    purged = {purge.table.__table__ for purge in service.registered().values() if purge.emptied is None}
    for table in Base.metadata.tables.values():
        for key in (key for key in table.foreign_keys if key.column.table in purged and key.ondelete != "CASCADE"):
            purges_of = [one.over(clock.now()) for one in service.registered().values() if one.table.__table__ is key.column.table]
            assert all(f"{table.name}.{key.parent.name}" in str(over) for over in purges_of), f"{table.name}.{key.parent.name}"


async def test_one_purge_that_fails_holds_up_no_other(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        session.add(SpentIdentifier(digest=bytes(32), expires_at=clock.now() - timedelta(hours=1)))
        await session.execute(text("ALTER TABLE identity.passkey_challenge RENAME TO elsewhere"))
    with pytest.raises(service.PurgesFailed, match=r"^credentials\.challenge$"):
        await service.enforce(committed_db)
    async with committed_db.session() as session:
        assert await session.scalar(select(func.count()).select_from(SpentIdentifier)) == 0


async def test_what_a_device_and_a_service_were_told_goes_and_takes_nothing_living_along(committed_db: Database) -> None:
    moment = clock.now()
    async with committed_db.transaction() as session:
        lan = await a_person(session)
        await register_clients(session)
        signed_in = await a_sign_in(session, lan)
        grant = Grant(
            id=new_id(),
            person_id=lan,
            client_id=CLIENT_ID,
            session_id=signed_in,
            scope="openid",
            resource="",
            acr=2,
            amr=["hwk"],
            auth_time=moment,
            created_at=moment,
            expires_at=moment + timedelta(days=1),
        )
        session.add(grant)
        await session.flush()
        session.add(LogoutDelivery(id=new_id(), client_id=CLIENT_ID, session_id=signed_in, person_id=lan, created_at=clock.now()))
        session.add(
            DeviceAuthorization(
                id=new_id(),
                client_id=CLIENT_ID,
                device_hash=bytes(32),
                user_half="ABCD",
                secret_hash=bytes(32),
                parameters={},
                dpop_jkt="0" * 43,
                state=DeviceState.REDEEMED,
                grant_id=grant.id,
                interval=5,
                created_at=clock.now(),
                expires_at=clock.now(),
            )
        )
    counted = (DeviceAuthorization, LogoutDelivery, Grant)
    for hours, left in ((23, [1, 1, 1]), (25, [0, 1, 1]), (31 * 24, [0, 0, 1]), (95 * 24, [0, 0, 0])):
        with clock.use(clock.FixedClock(moment + timedelta(hours=hours))):
            await service.enforce(committed_db)
        async with committed_db.session() as session:
            assert [await session.scalar(select(func.count()).select_from(table)) for table in counted] == left, hours


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
