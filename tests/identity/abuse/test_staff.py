"""Abuse case 40: staff and personal data."""

import logging
from typing import Any

import pytest
from sqlalchemy import select, text

from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.disclosures.models import Disclosure, Outcome
from identity.moderation.rules import SEED
from identity.pii_access.routes import router
from kernel.models import AuditEntry, EventRow
from tests.support.apps import Served, served
from tests.support.moderated import CASES, Scene, a_scene

PURPOSE = "gọi lại để xác minh nội dung bị báo cáo"
SAID = (
    "SELECT t::text FROM kernel.audit_entry t UNION ALL SELECT t::text FROM kernel.event t"
    " UNION ALL SELECT encode(payload, 'escape') FROM kernel.pgqueuer"
)


async def _granted(scene: Scene, hub: Served) -> Any:
    await scene.report(scene.minh)
    case = await scene.case()
    await scene.claim(case, scene.hoa)
    hub.caller.person(scene.hoa, permissions=["pii.read"])
    return await hub.client.post("/v1/pii-access", json={"purpose": PURPOSE, "case_id": case})


async def test_case_40_no_personal_data_without_a_case_and_a_purpose(db: Database) -> None:
    async with a_scene(db) as scene, served(db, [router]) as hub:
        hub.caller.person(scene.hoa, permissions=["moderation.read"])
        assert (await hub.client.post("/v1/pii-access", json={"purpose": PURPOSE, "case_id": str(new_id())})).status_code == 403
        hub.caller.person(scene.hoa, permissions=["pii.read"])
        assert (await hub.client.get(f"/v1/pii-access/{new_id()}/data", params={"attributes": ["phone"]})).json()["code"] == "pii.refused"
        assert (await hub.client.post("/v1/pii-access", json={"case_id": str(new_id())})).status_code == 422
        made = (await _granted(scene, hub)).json()
        path = f"/v1/pii-access/{made['id']}/data"
        hub.caller.person(scene.thu, permissions=["pii.read"])
        assert (await hub.client.get(path, params={"attributes": ["phone"]})).status_code == 403  # another's grant
        hub.caller.person(scene.hoa, permissions=["pii.read"])
        assert (await hub.client.get(path, params={"attributes": ["phone"]})).status_code == 200
        assert (await hub.client.delete(f"/v1/pii-access/{made['id']}")).status_code == 204
        assert (await hub.client.get(path, params={"attributes": ["phone", "shoe size"]})).status_code == 403
        async with db.session() as session:
            rows = (
                await session.scalars(select(Disclosure).where(Disclosure.purpose_code == "support.case").order_by(Disclosure.id))
            ).all()
            assert [(row.outcome, row.attributes, row.role) for row in rows] == [
                (Outcome.READ, ["phone"], "moderator"),
                (Outcome.FAILED, ["phone"], "moderator"),
            ]
            assert PURPOSE in rows[0].purpose_vi
            refused = select(AuditEntry.actor).where(AuditEntry.action == "pii.refused")
            assert len(list(await session.scalars(refused))) == 3


async def test_case_40_bulk_reading_rings_and_then_stops(db: Database) -> None:
    async with a_scene(db) as scene, served(db, [router]) as hub:
        path = f"/v1/pii-access/{(await _granted(scene, hub)).json()['id']}/data"
        answers = [(await hub.client.get(path, params={"attributes": ["phone"]})).status_code for _ in range(62)]
        assert answers == [200] * 60 + [429] * 2
        async with db.session() as session:
            rung = (await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.readings_alarm"))).all()
            assert [(one["officer_id"], one["readings"]) for one in rung] == [(str(scene.hoa), 21)]
            assert len(list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "pii.stopped")))) == 2


async def test_case_40_nothing_that_was_read_is_said_aloud(
    db: Database, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with a_scene(db) as scene, served(db, [router]) as hub:
            made = (await _granted(scene, hub)).json()
            answer = await hub.client.get(f"/v1/pii-access/{made['id']}/data", params={"attributes": ["phone"]})
            number = answer.json()["values"]["phone"]
            await hub.client.get(f"{CASES}/{new_id()}")
    told = capfd.readouterr()
    async with db.session() as session:
        written = "\n".join(str(line) for line in await session.scalars(text(SAID)))
    assert written
    for place in (told.out, told.err, caplog.text, written):
        assert number not in place
        assert number[3:] not in place
    assert SEED.is_dir()
