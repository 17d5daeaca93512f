"""Consent: each scope by its own choice, receipts that stay, a ward's two parties, and a withdrawal that ends tokens."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from hanoismart import clock
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.clients.models import ClientKind
from identity.clients.service import ClientSpec, ensure
from identity.consent import service
from identity.consent.routes import router
from identity.consent.service import Ask
from identity.mandates.models import Guardianship
from identity.oauth.models import Grant
from identity.sessions import service as sessions
from identity.sessions.models import Revocation
from tests.support.apps import served
from tests.support.people import a_person

NAME = Ask("profile", Text(vi="Hiển thị tên bạn", en="Shows your name"))
PHONE = Ask("phone", Text(vi="Gọi khi xe đến", en="Calls you when the bus comes"))


async def test_one_scope_is_withdrawn_alone_receipts_stay_and_tokens_end(db: Database) -> None:
    async with db.transaction() as session:
        lan = await a_person(session)
        await ensure(session, ClientSpec("bus", Text(vi="Xe buýt", en="Bus"), ClientKind.PUBLIC, ("profile", "phone")))
        await service.grant(session, lan, "bus", [NAME, PHONE], request_id="req-1")
        signed_in, _ = await sessions.start(session, lan, acr=2, amr=["hwk"], device="test")
        given = {"scope": "profile phone", "resource": "hub", "acr": 2, "amr": ["hwk"], "auth_time": clock.now()}
        session.add(Grant(client_id="bus", person_id=lan, session_id=signed_in.id, expires_at=clock.now() + timedelta(days=1), **given))
    async with served(db, [router]) as hub:
        hub.caller.person(lan)
        assert (await hub.client.delete("/v1/me/consents/bus/email")).status_code == 404
        assert (await hub.client.delete("/v1/me/consents/bus/phone")).status_code == 204
        async with db.session() as session:
            assert await service.granted(session, lan, "bus") == {"profile"}
            grant = (await session.scalars(select(Grant))).one()
            assert (grant.revoked_at is not None, grant.revoked_because) == (True, "consent_withdrawn")
            revoked = (await session.scalars(select(Revocation).where(Revocation.kind == "consent"))).one()
            assert revoked.subject == f"{lan}:bus"
        (receipt,) = (await hub.client.get("/v1/me/consent-receipts")).json()["items"]
        assert [(one["scope"], one["withdrawn_at"] is None) for one in receipt["consents"]] == [("phone", False), ("profile", True)]
        assert receipt["consents"][0]["purpose_vi"] == PHONE.purpose.vi
        kept = await hub.client.get(f"/v1/me/consent-receipts/{receipt['id']}")
        assert kept.json() == receipt
        hub.caller.person(signed_in.id)
        assert (await hub.client.get(f"/v1/me/consent-receipts/{receipt['id']}")).status_code == 404


async def _pair(database: Database) -> tuple[UUID, UUID, UUID]:
    async with database.transaction() as session:
        guardian, ward, officer = [await a_person(session, name=name) for name in ("Lan", "Minh", "Thu")]
        pair = Guardianship(
            guardian_id=guardian,
            ward_id=ward,
            ground="incapacity",
            state="active",
            reference="QĐ-1",
            agreed_by=officer,
            agreed_at=clock.now(),
        )
        session.add(pair)
    return guardian, ward, officer


async def test_a_wards_consent_counts_when_both_have_agreed_and_either_ends_it(db: Database) -> None:
    guardian, ward, stranger = await _pair(db)
    async with served(db, [router]) as hub:
        for ending in ("ward", "guardian"):
            async with db.transaction() as session:
                await service.grant(session, ward, "bus", [NAME], request_id=None)
                assert await service.granted(session, ward, "bus") == frozenset()
            hub.caller.person(guardian)
            listed = (await hub.client.get(f"/v1/me/wards/{ward}/consents")).json()["items"]
            (waiting,) = [one for one in listed if one["withdrawn_at"] is None]
            assert (waiting["two_parties"], waiting["represented_at"]) == (True, None)
            agree = f"/v1/me/wards/{ward}/consents/{waiting['id']}/agree"
            hub.caller.person(stranger)
            assert (await hub.client.post(agree)).json()["code"] == "mandates.missing"
            hub.caller.person(guardian)
            assert (await hub.client.post(agree)).status_code == 204
            assert (await hub.client.post(agree)).status_code == 404
            async with db.session() as session:
                assert await service.granted(session, ward, "bus") == {"profile"}
            hub.caller.person(ward if ending == "ward" else guardian)
            path = "/v1/me/consents/bus" if ending == "ward" else f"/v1/me/wards/{ward}/consents/bus"
            assert (await hub.client.delete(path)).status_code == 204
            async with db.session() as session:
                assert await service.granted(session, ward, "bus") == frozenset()
