"""What a person can do about a reading: export the log, report one, ask the service to delete; and readings the law tells of later."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server import exporting
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import disclosures, moderation
from identity.clients.models import ClientKind
from identity.clients.service import ClientSpec, ensure
from identity.disclosures.models import Disclosure
from identity.disclosures.routes import router
from identity.disclosures.staff_routes import router as investigations
from identity.moderation.models import Case
from identity.privacy.models import PrivacyRequest
from kernel.models import AuditEntry
from tests.support.apps import served
from tests.support.people import PURPOSE, READER, a_person

SERVICE = disclosures.Reader("client", "bus", Text(vi="=Xe buýt", en="Bus"), "relying_party")


async def test_the_log_leaves_as_csv_and_json_whole_and_without_formulas(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    async with db.transaction() as session:
        lan, minh = await a_person(session), await a_person(session)
        for _ in range(5):
            await disclosures.record(session, lan, ["name"], SERVICE, PURPOSE)
        await disclosures.record(session, minh, ["name"], READER, PURPOSE)
        await disclosures.read(session, lan, ["phone"], READER, PURPOSE, visible_from=clock.now() + timedelta(days=1))
    async with served(db, [router]) as hub:
        hub.caller.person(lan)
        told = (await hub.client.get("/v1/me/disclosures/export")).json()
        assert len(told) == 5
        answer = await hub.client.get("/v1/me/disclosures/export", params={"format": "csv"})
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row["id"] for row in rows] == [row["id"] for row in told]
        assert {row["organisation_vi"] for row in rows} == {"'=Xe buýt"}
        assert (await hub.client.get("/v1/me/disclosures/export", params={"format": "xml"})).status_code == 422


async def test_a_reading_is_reported_and_its_service_asked_to_delete(db: Database) -> None:
    async with db.transaction() as session:
        await moderation.seed(session)
        lan, minh = await a_person(session), await a_person(session)
        await ensure(session, ClientSpec("bus", Text(vi="Xe buýt", en="Bus"), ClientKind.PUBLIC, ("profile",)))
        await disclosures.record(session, lan, ["name"], SERVICE, PURPOSE)
        await disclosures.record(session, lan, ["name"], READER, PURPOSE)
    async with served(db, [router]) as hub:
        hub.caller.person(lan)
        listed = (await hub.client.get("/v1/me/disclosures")).json()["items"]
        by_agency, by_service = (next(one for one in listed if one["reader"] == reader) for reader in ("agency", "client"))
        reported = await hub.client.post(f"/v1/me/disclosures/{by_agency['id']}/report", json={"note": "tôi không đến đó"})
        assert reported.status_code == 201
        asked = await hub.client.post(f"/v1/me/disclosures/{by_service['id']}/deletion-request")
        assert (asked.status_code, asked.json()["type"], asked.json()["client_id"]) == (201, "erase", "bus")
        again = await hub.client.post(f"/v1/me/disclosures/{by_service['id']}/deletion-request")
        assert again.json()["code"] == "privacy.asked_already"
        assert (await hub.client.post(f"/v1/me/disclosures/{by_agency['id']}/deletion-request")).status_code == 404
        hub.caller.person(minh)
        assert (await hub.client.post(f"/v1/me/disclosures/{by_agency['id']}/report", json={})).status_code == 404
        async with db.session() as session:
            case = (await session.scalars(select(Case))).one()
            assert (case.subject_kind, case.queue, case.owner_id) == ("disclosure", "privacy", None)
            assert (await session.scalars(select(PrivacyRequest))).one().due_at > clock.now()


async def test_a_delayed_reading_takes_two_people_a_law_and_an_end(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with db.transaction() as session:
            lan, hoa, thu = [await a_person(session, name=name) for name in ("Lan", "Hòa", "Thu")]
        async with served(db, [router, investigations]) as hub:
            hub.caller.person(hoa, permissions=["disclosures.investigate", "disclosures.approve"])
            body = {"person_id": str(lan), "delay": "fraud_investigation", "days": 30, "reference": "HS-7"}
            assert (await hub.client.post("/v1/staff/investigations", json=body | {"days": 91})).json()[
                "code"
            ] == "disclosures.delay_unknown"
            assert (await hub.client.post("/v1/staff/investigations", json=body | {"delay": "curiosity"})).status_code == 422
            order = (await hub.client.post("/v1/staff/investigations", json=body)).json()
            path = f"/v1/staff/investigations/{order['id']}"
            attributes = {"attributes": ["phone"]}
            early = await hub.client.get(f"{path}/data", params=attributes)
            assert (early.status_code, early.json()["code"]) == (403, "disclosures.order_missing")
            assert (await hub.client.post(f"{path}/approve")).json()["code"] == "disclosures.order_stands"
            async with db.session() as session:
                refused = select(AuditEntry).where(AuditEntry.action == "order.refused")
                assert len(list(await session.scalars(refused))) == 1  # a refusal that stays written
                with pytest.raises(IntegrityError):
                    await session.execute(
                        text("UPDATE identity.investigation_order SET approved_by = proposed_by, approved_at = proposed_at")
                    )
            hub.caller.person(thu, permissions=["disclosures.approve"])
            assert len((await hub.client.get("/v1/staff/investigations")).json()["items"]) == 1
            assert (await hub.client.post(f"{path}/approve")).status_code == 200
            hub.caller.person(hoa, permissions=["disclosures.investigate"])
            assert list((await hub.client.get(f"{path}/data", params=attributes)).json()["values"]) == ["phone"]
            hub.caller.person(lan)
            assert (await hub.client.get("/v1/me/disclosures")).json()["items"] == []
            time.advance(timedelta(days=30, seconds=1))
            (told,) = (await hub.client.get("/v1/me/disclosures")).json()["items"]
            assert (told["purpose_code"], told["role"]) == ("investigation.fraud_investigation", "investigator")
            hub.caller.person(hoa, permissions=["disclosures.investigate"])
            assert (await hub.client.get(f"{path}/data", params=attributes)).status_code == 403  # the order is over
        async with db.session() as session:
            assert len(list(await session.scalars(select(Disclosure)))) == 1
