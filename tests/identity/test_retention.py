"""Retention: the schedule and the purges agree, and a table stays flat after a million expired codes, in batches of seconds."""

from datetime import timedelta
from uuid import UUID

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
ROUNDS, A_ROUND = 5, 20_000
_DIGEST = "sha256((CAST(:round AS text) || one)::bytea)"
_EACH = " FROM generate_series(1, CAST(:number AS int)) AS one"
FILLED = {
    "oauth.authorization_code": "INSERT INTO identity.authorization_code (code_hash, grant_id, client_id, redirect_uri, challenge,"
    f" created_at, expires_at) SELECT {_DIGEST}, :grant, 'one', 'https://app.example/', repeat('c', 43), :over, :over{_EACH}",
    "contacts.phone_flow": "INSERT INTO identity.code_flow (id, subject, purpose, destination, code_hash, locale, wrong, created_at,"
    f" expires_at) SELECT gen_random_uuid(), :grant, 'phone', {_DIGEST}, {_DIGEST}, 'vi', 0, :over, :over{_EACH}",
    "credentials.challenge": "INSERT INTO identity.passkey_challenge (id, ceremony, challenge, bound_to, created_at, expires_at)"
    f" SELECT gen_random_uuid(), 'sign_in', {_DIGEST}, {_DIGEST}, :over, :over{_EACH}",
}
"""What fills each table with rows that are over, by the name of its purge."""


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


async def test_what_comes_and_goes_all_day_takes_no_more_room_than_in_the_morning(committed_db: Database) -> None:
    """Codes of sign-ins, one-time codes and challenges, in rounds; the database's own cleaner runs between them, as it does by itself."""
    async with committed_db.transaction() as session:
        await register_clients(session)
        lan = await a_person(session, phone=False)
        signed_in, later = await a_sign_in(session, lan), clock.now() + timedelta(days=90)
        given = {"resource": "r", "claims": {}, "details": [], "acr": 2, "amr": ["hwk"], "auth_time": clock.now(), "expires_at": later}
        row = Grant(session_id=signed_in, person_id=lan, client_id=CLIENT_ID, scope="openid", **given)
        session.add(row)
        await session.flush()
        grant = row.id
    sizes = [await _a_round(committed_db, grant, number) for number in range(ROUNDS)]
    assert max(sizes[2:]) <= sizes[1] * 1.1  # a page of an index is used again after the second cleaning


async def _a_round(database: Database, grant: UUID, number: int) -> int:
    """Fills the tables, purges them, and says how many bytes they take, with their indexes."""
    over = clock.now() - timedelta(days=60)
    async with database.transaction() as session:
        for statement in FILLED.values():
            await session.execute(text(statement), {"over": over, "round": str(number), "number": A_ROUND, "grant": grant})
    gone = await service.enforce(database, budget=timedelta(minutes=10))
    assert {name: gone[name] for name in FILLED} == dict.fromkeys(FILLED, A_ROUND)
    async with database.engine.connect() as connection:
        cleaning = await connection.execution_options(isolation_level="AUTOCOMMIT")
        sizes = []
        for name in FILLED:
            table = service.registered()[name].table.__table__.fullname
            await cleaning.execute(text(f"VACUUM {table}"))
            sizes.append(await cleaning.scalar(text(f"SELECT pg_total_relation_size('{table}')")) or 0)
    return sum(sizes)


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
