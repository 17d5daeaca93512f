"""What backends may do, through their real client: only with their own tokens, only for people who agreed, and never in secret."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from hanoismart import clock, tokens
from hanoismart.client import Hub, HubRefused
from hanoismart.text import Text
from identity.api import consent
from identity.attestations import service as attestations
from identity.attestations.models import AttestationKind
from identity.attestations.service import NewAttestation
from identity.disclosures.models import Disclosure
from identity.events import ConsentWithdrawn
from identity.places.queries import today
from notifications.inbox.models import Notification
from notifications.templates.models import StoredTemplate
from payments.events import PaymentSettled
from plugins.api import reactions
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.registry.serving_setup import prepare
from plugins.rollout.models import Whitelisted
from plugins.webhooks.models import Message
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import an_agency, an_officer

KEY, OTHER = tokens.new_key(), tokens.new_key()
TICKET = Text(vi="In tên trên vé", en="Print name on ticket")
CALL = Text(vi="Gọi khi có sự cố", en="Call you in an incident")
CHEAPER = Text(vi="Giảm giá vé", en="A cheaper ticket")
ASKED = [
    {"scope": "profile.name", "optional": True, "purpose": {"vi": TICKET.vi, "en": TICKET.en}},
    {"scope": "phone", "optional": True, "purpose": {"vi": CALL.vi, "en": CALL.en}},
    {"scope": "status.student", "optional": True, "purpose": {"vi": CHEAPER.vi, "en": CHEAPER.en}},
    {"scope": "notifications.send", "optional": True, "purpose": {"vi": "Nhắc trước khi hết giờ", "en": "Remind you before time is up"}},
    {"scope": "payments.charge", "optional": True, "purpose": {"vi": "Thu phí đỗ xe", "en": "Charge for parking"}},
]
PAYEE = {
    "kind": "operator",
    "key": "khai-thac-diem-do",
    "name": "CONG TY KHAI THAC DIEM DO",
    "bank_bin": "970436",
    "account": "0011001234567",
}


@pytest_asyncio.fixture
async def backend(hub: SmallHub) -> AsyncIterator[Hub]:
    """The parking app's backend, with Lan known to it."""
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]), payee=PAYEE)
    client = hub.backend(KEY)
    yield client
    await client.close()


async def lan(hub: SmallHub, *, agrees: bool = True) -> tuple[UUID, str]:
    """Lan has opened the app; her id and the name the app knows her by."""
    person = await hub.signed_in()
    if agrees:
        await hub.agree()
    else:
        asked = (await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})).json()["scopes"]
        declined = [{"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in asked]
        await hub.client.post(f"/v1/miniapps/{APP}/consent", json={"declined": declined})
    opened = await hub.opened()
    return person, tokens.verify_launch(opened["launch_token"], keys=await hub.backend(KEY).keys(), app_id=APP, now=clock.now()).subject


async def test_who_tries_a_version_reads_its_words(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    words = [{"template": "parking.expiring", "params": ["street"], "vi": "Vé ở {street} sắp hết", "en": "Your ticket in {street} ends"}]
    async with hub.database.transaction() as session:
        version, app = (await session.scalars(select(Version))).one(), await session.get_one(MiniApp, APP)
        version.state, version.manifest = VersionState.WHITELIST, manifest(scopes=ASKED, notifications=words)
        session.add(Whitelisted(version_id=version.id, person_id=person, sub=sub))
        await prepare(session, app, version, manifest_of(version.manifest), live=False)
    assert await backend.notify(sub, "parking.expiring", {"street": "Tràng Tiền"}, dedupe="s1")
    async with hub.database.session() as session:
        (row,) = await session.scalars(select(Notification).where(Notification.person_id == person))
        template = await session.get_one(StoredTemplate, row.template_key)
    assert (row.template_key, template.body_vi) == (f"{APP}/parking.expiring@{version.code}", "Vé ở {street} sắp hết")


async def test_a_person_is_told_once_with_a_template_of_the_manifest(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    assert await backend.notify(sub, "parking.expiring", {"spot": "A7", "minutes": 10}, dedupe="s1")
    assert not await backend.notify(sub, "parking.expiring", {"spot": "A7", "minutes": 10}, dedupe="s1")
    async with hub.database.session() as session:
        (row,) = await session.scalars(select(Notification).where(Notification.person_id == person))
    assert (row.template_key, row.values, row.category) == (f"{APP}/parking.expiring", {"spot": "A7", "minutes": 10}, "transport")
    with pytest.raises(HubRefused) as refused:
        await backend.notify(sub, "parking.free_beer", {}, dedupe="s2")
    assert refused.value.code == "backend.template_unknown"


async def test_a_reading_stands_in_the_persons_log(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    assert await backend.read_person(sub, ["profile.name"], TICKET) == {"profile.name": "Lan"}
    assert (await backend.read_person(sub, ["phone"], CALL))["phone"].startswith("+84")
    mine = (await hub.client.get("/v1/me/disclosures")).json()["items"]
    assert len(mine) == 2
    async with hub.database.session() as session:
        rows = list(await session.scalars(select(Disclosure).where(Disclosure.person_id == person).order_by(Disclosure.at)))
    assert [(row.reader_id, row.organisation_en, row.attributes, row.purpose_vi) for row in rows] == [
        (APP, "Department of Construction", ["profile.name"], TICKET.vi),
        (APP, "Department of Construction", ["phone"], CALL.vi),
    ]


async def test_nothing_is_done_or_read_without_agreement(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub, agrees=False)
    later = clock.now() + timedelta(hours=1)
    calls = [
        backend.notify(sub, "parking.expiring", {"spot": "A7", "minutes": 10}, dedupe="s1"),
        backend.read_person(sub, ["profile.name"], TICKET),
        backend.pay.create(sub=sub, amount=25_000, description=TICKET, reference="s1", expires_at=later),
    ]
    for call in calls:
        with pytest.raises(HubRefused) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (403, "backend.not_agreed")
    async with hub.database.session() as session:
        assert list(await session.scalars(select(Disclosure).where(Disclosure.person_id == person))) == []


async def test_the_purpose_is_the_manifests_and_acts_cannot_be_read(hub: SmallHub, backend: Hub) -> None:
    _, sub = await lan(hub)
    for scopes, purpose, code in (
        (["phone"], TICKET, "backend.purpose_unknown"),
        (["payments.charge"], TICKET, "backend.not_readable"),
        (["identity_number"], TICKET, "backend.not_readable"),
    ):
        with pytest.raises(HubRefused) as refused:
            await backend.read_person(sub, scopes, purpose)
        assert refused.value.code == code
    with pytest.raises(HubRefused) as refused:
        await backend.read_person("development.stranger", ["phone"], CALL)
    assert (refused.value.status, refused.value.code) == (404, "backend.person_unknown")


async def test_a_payment_is_one_per_reference_and_its_app_alone_hears_of_it(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    later = clock.now() + timedelta(hours=1)
    intent = await backend.pay.create(sub=sub, amount=25_000, description=TICKET, reference="s1", expires_at=later)
    again = await backend.pay.create(sub=sub, amount=25_000, description=TICKET, reference="s1", expires_at=later)
    assert (intent.id, intent.reference, intent.state) == (again.id, "s1", "created")
    assert (await backend.pay.status(intent.id)).qr_text == intent.qr_text
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[]) | {"app_id": "vn.hanoi.bus"}, jwks=tokens.public_jwks([OTHER]))
    bus = hub.backend(OTHER, "vn.hanoi.bus")
    with pytest.raises(HubRefused) as refused:
        await bus.pay.status(intent.id)
    assert refused.value.status == 404
    with pytest.raises(HubRefused) as refused:
        await bus.pay.create(amount=1, description=TICKET, reference="s1", expires_at=later)
    assert refused.value.code == "backend.payments_not_enabled"
    await bus.close()
    settled = PaymentSettled(UUID(intent.id), f"{APP}/s1", person, 25_000, clock.now())
    async with hub.database.transaction() as session:
        await reactions.payment_settled(session, settled)
        await reactions.payment_settled(session, settled)
    async with hub.database.session() as session:
        (message,) = await session.scalars(select(Message))
    assert (message.app_id, message.type) == (APP, "payment.succeeded")
    assert b'"reference":"s1","amount":25000' in message.body


async def test_withdrawing_is_told_to_the_app_by_its_own_name_for_the_person(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    async with hub.database.transaction() as session:
        await consent.withdraw(session, person, APP)
        await reactions.consent_withdrawn(session, ConsentWithdrawn(person, APP))
        await reactions.consent_withdrawn(session, ConsentWithdrawn(person, "a-client-that-is-no-app"))
    async with hub.database.session() as session:
        (message,) = await session.scalars(select(Message))
    assert message.type == "consent.revoked"
    assert sub.encode() in message.body
    with pytest.raises(HubRefused) as refused:
        await backend.read_person(sub, ["profile.name"], TICKET)
    assert refused.value.code == "backend.not_agreed"


async def test_a_stranger_with_another_key_gets_no_token(hub: SmallHub, backend: Hub) -> None:
    thief = hub.backend(OTHER)
    with pytest.raises(HubRefused) as refused:
        await thief.pay.status("01a200d1-f0cc-7513-a988-636612164421")
    assert refused.value.status == 401
    await thief.close()


async def test_a_person_is_no_backend(hub: SmallHub, backend: Hub) -> None:
    await lan(hub)
    body = {"sub": "x", "template": "parking.expiring", "dedupe": "1"}
    assert (await hub.client.post("/v1/backend/notifications", json=body)).status_code == 401


async def test_money_is_asked_for_with_a_key_only(hub: SmallHub, backend: Hub) -> None:
    body = {"amount": 25_000, "reference": "r1", "description": {"vi": "Phí đỗ xe", "en": "Parking fee"}}
    body |= {"expires_at": (clock.now() + timedelta(minutes=15)).isoformat()}
    with pytest.raises(HubRefused) as refused:
        await backend.call("POST", "/v1/backend/payments", json=body)
    assert (refused.value.status, refused.value.code) == (400, "idempotency.key_required")
    first = await backend.call("POST", "/v1/backend/payments", json=body, idempotency="r1")
    assert await backend.call("POST", "/v1/backend/payments", json=body, idempotency="r1") == first


async def test_facts_of_many_people_are_yes_or_no_and_only_of_those_who_agreed(hub: SmallHub, backend: Hub) -> None:
    _, declining = await lan(hub, agrees=False)
    person, agreeing = await lan(hub)
    async with hub.database.transaction() as session:
        agency = await an_agency(session)
        new = NewAttestation(person, AttestationKind.STUDENT, agency, today(), today(), "HS-1")
        await attestations.issue(session, new, issued_by=await an_officer(session, agency))
    assert await backend.read_facts([agreeing, declining, "unknown"], ["status.student"], CHEAPER) == {agreeing: {"status.student": "yes"}}
    for scopes, words, code in ((["phone"], CHEAPER, "backend.not_readable"), (["status.student"], CALL, "backend.purpose_unknown")):
        with pytest.raises(HubRefused) as refused:
            await backend.read_facts([agreeing], scopes, words)
        assert refused.value.code == code
    async with hub.database.session() as session:
        rows = list(await session.scalars(select(Disclosure.attributes).where(Disclosure.person_id == person)))
    assert rows == [["status.student"]]
