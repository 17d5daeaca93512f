"""Requests about personal data: legal clocks in working days, one extension, alarms, archives that verify, erasure that stays erased."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from obstore.store import LocalStore
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from app import wiring
from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from hanoismart.text import Text
from identity.clients.models import ClientKind
from identity.clients.service import ClientSpec, ensure
from identity.consent.service import Ask, grant, granted
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.mandates.models import Guardianship
from identity.models import Base
from identity.moderation.models import Sanction
from identity.people import uniqueness, vault
from identity.people.models import Attribute, Person, PersonKey
from identity.privacy import erasure
from identity.privacy import jobs as privacy_jobs
from identity.privacy.holdings import HOLDINGS
from identity.privacy.models import PrivacyArchive, PrivacyClock, PrivacyRequest, PrivacyStep
from identity.privacy.routes import router
from identity.privacy.staff_routes import router as staff_router
from identity.sessions import service as sessions
from identity.step_up.models import StepUpRule
from kernel.blobs import BlobMissing, Blobs
from kernel.models import AuditEntry, EventRow
from social.posts.models import Post, PostState
from tests.support.apps import Served, served
from tests.support.moderated import LOCK, a_scene
from tests.support.people import a_person
from tests.support.work import run_jobs

MINE = "/v1/me/privacy/requests"
STAFF = "/v1/staff/privacy/requests"
TET = datetime(2027, 2, 4, 3, 0, tzinfo=UTC)
"""A Thursday; Tết of 2027 begins two days later."""


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(LocalStore(str(tmp_path)))


async def _signed_in(database: Database, hub: Served, person: UUID) -> None:
    """A caller whose sign-in is fresh and strong, as step-up asks."""
    async with database.transaction() as session:
        row, _ = await sessions.start(session, person, acr=2, amr=["hwk", "user"], device="test")
    hub.caller.person(person)
    caller = hub.caller.caller
    assert caller is not None
    object.__setattr__(caller, "session_id", row.id)


async def test_the_clocks_count_working_days_and_say_what_is_unconfirmed(db: Database) -> None:
    with clock.use(FixedClock(TET)):
        async with db.transaction() as session:
            lan = await a_person(session)
        async with served(db, [router]) as hub:
            hub.caller.person(lan)
            made = (await hub.client.post(MINE, json={"type": "restrict", "details": "ngừng xử lý địa chỉ"})).json()
            assert made["answer_due_at"] == "2027-02-12T10:00:00Z"  # Friday, then a week of Tết, then the next
            assert made["due_at"] == "2027-02-19T10:00:00Z"
            assert (await hub.client.post(MINE, json={"type": "restrict"})).json()["code"] == "privacy.asked_already"
            unknown = await hub.client.post(MINE, json={"type": "erase", "client_id": "nobody"})
            assert unknown.json()["code"] == "privacy.client_unknown"
            hub.caller.nobody()
            told = (await hub.client.get("/v1/privacy/clocks")).json()["clocks"]
            confirmed = {(one["type"], one["step"]): one["confirmed"] for one in told}
            assert confirmed["withdraw", "done"] is True
            assert confirmed["erase", "done"] is False
            async with db.session() as session:
                rows = list(await session.scalars(select(PrivacyClock)))
                assert all(("unconfirmed" in row.source) is not row.confirmed for row in rows)


async def test_officers_claim_extend_once_and_finish_and_the_person_reads_each_step(db: Database) -> None:
    with clock.use(FixedClock(TET)) as time:
        async with db.transaction() as session:
            lan, hoa, thu = [await a_person(session, name=name) for name in ("Lan", "Hòa", "Thu")]
        async with served(db, [router, staff_router]) as hub:
            hub.caller.person(lan)
            made = (await hub.client.post(MINE, json={"type": "correct", "details": "gọi 0912 345 678"})).json()
            hub.caller.person(hoa, permissions=["privacy.handle"])
            path = f"{STAFF}/{made['id']}"
            note = {"note_vi": "Đang xác minh.", "note_en": "Being verified."}
            assert (await hub.client.post(f"{path}/acknowledge", json=note)).json()["code"] == "privacy.request_taken"
            claimed = (await hub.client.post(f"{path}/claim")).json()
            assert (claimed["details"], claimed["mine"]) == ("gọi •••", True)
            hub.caller.person(thu, permissions=["privacy.handle"])
            assert (await hub.client.post(f"{path}/claim")).json()["code"] == "privacy.request_taken"
            hub.caller.person(lan, permissions=["privacy.handle"])
            assert (await hub.client.post(f"{path}/claim")).json()["code"] == "privacy.own_request"
            assert (await hub.client.get(STAFF)).json()["items"] == []
            hub.caller.person(hoa, permissions=["privacy.handle"])
            assert (await hub.client.post(f"{path}/acknowledge", json=note)).json()["state"] == "acknowledged"
            later = await hub.client.post(f"{path}/extend", json=note | {"because": "archives are on paper"})
            assert later.json()["due_at"] > made["due_at"]
            again = await hub.client.post(f"{path}/extend", json=note | {"because": "once more"})
            assert again.json()["code"] == "privacy.extended_already"
            time.advance(timedelta(minutes=31))
            assert (await hub.client.post(f"{path}/finish", json=note)).json()["code"] == "privacy.request_taken"
            await hub.client.post(f"{path}/claim")
            assert (await hub.client.post(f"{path}/finish", json=note)).json()["state"] == "done"
            assert (await hub.client.post(f"{path}/refuse", json=note)).json()["code"] == "privacy.request_over"
            hub.caller.person(lan)
            seen = (await hub.client.get(f"{MINE}/{made['id']}")).json()
            assert [one["state"] for one in seen["steps"]] == ["received", "acknowledged", "extended", "done"]
            assert str(hoa) not in json.dumps(seen)
            hub.caller.person(thu)
            assert (await hub.client.get(f"{MINE}/{made['id']}")).status_code == 404
        async with db.session() as session:
            with pytest.raises(IntegrityError):
                await session.execute(update(PrivacyStep).values(actor_role="nobody"))


async def test_what_is_overdue_rings_once_per_clock(db: Database) -> None:
    with clock.use(FixedClock(TET)) as time:
        async with db.transaction() as session:
            lan = await a_person(session)
        async with served(db, [router]) as hub:
            hub.caller.person(lan)
            await hub.client.post(MINE, json={"type": "object"})
        for days in (1, 12, 1, 1):
            time.advance(timedelta(days=days))
            async with db.transaction() as session:
                await privacy_jobs.alarm(session, Run({}, 0, db, {}))
        async with db.session() as session:
            rung = list(await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.privacy_overdue")))
            assert [one["kind"] for one in rung] == ["object"]


async def test_a_guardian_asks_for_a_ward_and_a_stranger_does_not(db: Database) -> None:
    async with db.transaction() as session:
        lan, minh, thu = [await a_person(session, name=name) for name in ("Lan", "Minh", "Thu")]
        moment = clock.now()
        session.add(
            Guardianship(
                guardian_id=lan, ward_id=minh, ground="incapacity", state="active", reference="QĐ", agreed_by=thu, agreed_at=moment
            )
        )
    async with served(db, [router]) as hub:
        hub.caller.person(thu)
        refused = await hub.client.post(f"/v1/me/wards/{minh}/privacy/requests", json={"type": "restrict"})
        assert (refused.status_code, refused.json()["code"]) == (403, "mandates.missing")
        hub.caller.person(lan)
        made = await hub.client.post(f"/v1/me/wards/{minh}/privacy/requests", json={"type": "restrict"})
        assert (made.status_code, made.json()["person_id"]) == (201, str(minh))
        hub.caller.person(minh)
        assert len((await hub.client.get(MINE)).json()["items"]) == 1


async def test_an_archive_is_signed_sealed_fetched_after_a_fresh_sign_in_and_gone_after_a_week(db: Database, blobs: Blobs) -> None:
    wiring.install()
    keys.forget()
    with clock.use(FixedClock(clock.now())) as time:
        async with db.transaction() as session:
            lan = await a_person(session, name="Nguyễn Thị Lan")
            await vault.seal(session, lan, {Attribute.BIRTH_DATE: "1990-05-04"})
        async with served(db, [router], parts={"blobs": blobs}) as hub:
            await _signed_in(db, hub, lan)
            made = (await hub.client.post(MINE, json={"type": "access"})).json()
            assert made["state"] == "acknowledged"
            assert await run_jobs(db, "privacy.export", blobs=blobs) == 1
            path = f"{MINE}/{made['id']}/archive"
            answer = await hub.client.get(path)
            assert answer.headers["content-type"] == "application/zip"
            await _check(db, answer.content)
            async with db.session() as session:
                row = (await session.scalars(select(PrivacyArchive))).one()
                assert b"1990-05-04" not in await blobs.get(row.blob)
            time.advance(timedelta(minutes=31))
            assert (await hub.client.get(path)).status_code == 401
            time.advance(timedelta(days=7))
            await _signed_in(db, hub, lan)
            assert (await hub.client.get(path)).json()["code"] == "privacy.archive_gone"
            await privacy_jobs.sweep(Run({}, 0, db, {"blobs": blobs}))
            with pytest.raises(BlobMissing):
                await blobs.get(row.blob)


async def _check(database: Database, content: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(content))
    names = set(archive.namelist())
    assert {
        "account.json",
        "identity.json",
        "disclosures.json",
        "social.json",
        "notifications.json",
        "payments.json",
        "miniapps.json",
    } <= names
    manifest = archive.read("manifest.json")
    for name, told in json.loads(manifest)["files"].items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == told["sha256"]
    header, empty, signature = archive.read("manifest.jws").decode().split(".")
    assert empty == ""
    async with database.session() as session:
        known = KeySet.import_key_set(await keys.public_set(session, KeyPurpose.OAUTH))  # type: ignore[arg-type]  # a JWKS
    assert jws.deserialize_compact(f"{header}..{signature}", known, algorithms=["ES256"], payload=manifest)
    account = json.loads(archive.read("account.json"))
    assert (account["display_name"], account["attributes"]["birth_date"]) == ("Nguyễn Thị Lan", "1990-05-04")
    assert "secret" not in archive.read("identity.json").decode()
    readings = json.loads(archive.read("disclosures.json"))
    assert "privacy.export" in {one["purpose_code"] for one in readings}


async def test_erasure_waits_can_be_cancelled_and_then_leaves_nothing_to_read(db: Database, blobs: Blobs) -> None:
    wiring.install()
    with clock.use(FixedClock(clock.now())) as time:
        async with db.transaction() as session:
            lan = await a_person(session, name="Nguyễn Thị Lan")
            await uniqueness.claim(session, lan, uniqueness.citizen("001190000123"))
            await vault.seal(session, lan, {Attribute.ADDRESS: "12 phố Huế"})
            session.add(Post(author_id=lan, audience="public", body="Chào Hà Nội", body_search="chào", body_folded="chao"))
        async with served(db, [router], parts={"blobs": blobs}) as hub:
            hub.caller.person(lan)
            assert (await hub.client.post(MINE, json={"type": "erase"})).status_code == 401  # not fresh
            await _signed_in(db, hub, lan)
            first = (await hub.client.post(MINE, json={"type": "erase"})).json()
            assert (await hub.client.delete(f"{MINE}/{first['id']}")).status_code == 204
            second = (await hub.client.post(MINE, json={"type": "erase"})).json()
            time.advance(timedelta(days=3))
            await run_jobs(db, "privacy.erase")
            assert (await hub.client.get(f"{MINE}/{second['id']}")).json()["state"] == "acknowledged"
            time.advance(timedelta(days=12))
            assert await run_jobs(db, "privacy.erase") == 2  # the cancelled one does nothing
            assert (await hub.client.delete(f"{MINE}/{second['id']}")).json()["code"] == "privacy.request_over"
        await run_jobs(db, "on.")
        await _nothing_left(db, lan)
        async with db.transaction() as session:
            again = await a_person(session, name="Nguyễn Thị Lan")
            assert await uniqueness.claim(session, again, uniqueness.citizen("001190000123"))  # may come back, as somebody new


async def _nothing_left(database: Database, person: UUID) -> None:
    async with database.session() as session:
        row = await session.get_one(Person, person)
        assert (row.display_name, row.state, row.level) == ("Tài khoản đã xóa", "closed", 0)
        key = await session.get_one(PersonKey, person)
        assert (key.wrapped, key.destroyed_at is not None) == (None, True)
        for table in ("sealed_attribute", "phone", "passkey", "person_document", "attestation", "person_index"):
            assert await session.scalar(text(f"SELECT count(*) FROM identity.{table} WHERE person_id = :id"), {"id": person}) == 0  # noqa: S608 - our own tables
        post = (await session.scalars(select(Post).where(Post.author_id == person))).one()
        assert (post.state, post.body) == (PostState.DELETED, "")
        assert await session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.subject == f"person:{person}"))
        erased = await session.scalars(select(EventRow).where(EventRow.name == "identity.account_erased"))
        assert len(list(erased)) == 1


async def test_nobody_sheds_a_lock_by_leaving(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene:
            async with db.transaction() as session:
                await uniqueness.claim(session, scene.lan, uniqueness.citizen("001190000123"))
            await scene.decided(LOCK)
            async with db.transaction() as session:
                assert await erasure.erase(session, scene.lan)
                assert not await erasure.erase(session, scene.lan)
                assert await erasure.release_indexes(session, limit=10) == 0
                assert not await _can_return(session, time)
            time.advance(timedelta(days=8))
            async with db.transaction() as session:
                assert await erasure.release_indexes(session, limit=10) > 0
                assert await _can_return(session, time)


async def _can_return(session: Any, _time: FixedClock) -> bool:
    assert await session.scalar(select(func.count()).select_from(Sanction)) == 1
    async with session.begin_nested() as savepoint:
        person = await a_person(session, phone=False)
        free = await uniqueness.claim(session, person, uniqueness.citizen("001190000123"))
        await savepoint.rollback()
    return bool(free)


async def test_a_withdrawal_is_done_at_once_and_a_service_answers_for_itself(db: Database) -> None:
    async with db.transaction() as session:
        lan = await a_person(session)
        await ensure(
            session, ClientSpec("weather", Text(vi="Thời tiết", en="Weather"), ClientKind.MINIAPP, ("privacy.requests",), {"keys": []})
        )
        await grant(session, lan, "weather", [Ask("profile", Text(vi="Chào bạn", en="Greets you"))], request_id=None)
    async with served(db, [router, staff_router]) as hub:
        hub.caller.person(lan)
        asked = (await hub.client.post(MINE, json={"type": "erase", "client_id": "weather"})).json()
        done = (await hub.client.post(MINE, json={"type": "withdraw", "client_id": "weather"})).json()
        assert done["state"] == "done"
        async with db.session() as session:
            assert await granted(session, lan, "weather") == frozenset()
        hub.caller.client("weather", scopes=["privacy.requests"])
        (waiting,) = (await hub.client.get("/v1/partner/privacy-requests")).json()["items"]
        assert (waiting["id"], str(lan) in json.dumps(waiting)) == (asked["id"], False)
        hub.caller.client("other", scopes=["privacy.requests"])
        assert (await hub.client.post(f"/v1/partner/privacy-requests/{asked['id']}/done")).status_code == 404
        hub.caller.client("weather", scopes=["privacy.requests"])
        assert (await hub.client.post(f"/v1/partner/privacy-requests/{asked['id']}/done")).status_code == 204
        assert (await hub.client.post(f"/v1/partner/privacy-requests/{asked['id']}/done")).status_code == 409
        hub.caller.person(lan)
        assert (await hub.client.get(f"{MINE}/{asked['id']}")).json()["state"] == "done"


def test_every_table_that_names_a_person_says_what_becomes_of_it() -> None:
    listed = {(holding.table, column) for holding in HOLDINGS for column in holding.columns}
    missing = []
    for table in Base.metadata.tables.values():
        for column in table.columns:
            names = any(key.target_fullname == "identity.person.id" for key in column.foreign_keys) or column.name == "person_id"
            if names and (table.name, column.name) not in listed:
                missing.append(f"{table.name}.{column.name}")
    assert not missing
    assert all(holding.because for holding in HOLDINGS)


def test_a_process_that_serves_nothing_knows_every_table_too() -> None:
    """A worker imports jobs, not routes: what it has to export and erase must be known to it all the same."""
    script = "from identity.privacy.holdings import HOLDINGS, table_of; [table_of(one) for one in HOLDINGS]"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


async def test_step_up_guards_what_is_dangerous(db: Database) -> None:
    async with db.session() as session:
        rules = set(await session.scalars(select(StepUpRule.operation)))
        assert {"privacy.export", "privacy.erase"} <= rules
        assert await session.scalar(select(func.count()).select_from(PrivacyRequest)) == 0
