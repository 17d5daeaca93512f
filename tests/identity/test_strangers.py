"""No officer handles a relative's record, nobody shuts or opens their own, and asking others has a budget."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.access.models import Role, RoleHolding
from identity.access.service import allowed, grant_role
from identity.attestations import service as attestations
from identity.attestations.models import AttestationKind
from identity.attestations.service import NewAttestation, OwnRecord
from identity.clients import registration
from identity.clients.models import ClientKind
from identity.clients.service import ClientSpec
from identity.disclosures import orders
from identity.disclosures.orders import OrderStands
from identity.mandates import powers, wards
from identity.mandates.models import Ground
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from identity.people import acts
from identity.people import service as people
from identity.people.models import Closing, Person
from identity.pii_access.routes import router as pii
from identity.places.queries import today
from identity.proofing import reviews
from identity.proofing.models import ProofingSession, ProofingState, ReviewReason
from kernel.access import NotAllowed
from kernel.limits import TooMany
from tests.support.apps import served
from tests.support.people import a_person, an_agency


async def a_child(session: AsyncSession, guardian: UUID, officer: UUID) -> tuple[UUID, UUID]:
    """A ward of the guardian's, agreed to by an officer; the ward and the guardianship."""
    child = await a_person(session, name="Bé", phone=False)
    (await session.get_one(Person, child)).adult_on = date(2040, 1, 1)
    asked = await wards.ask(session, guardian, child, Ground.PARENT, reference="birth certificate")
    await wards.confirm(session, asked.id, officer_id=officer)
    return child, asked.id


async def test_an_officer_leaves_a_relatives_record_to_others(session: AsyncSession) -> None:
    hoa, thu, minh = [await a_person(session, name=name) for name in ("Hòa", "Thu", "Minh")]
    child, guardianship = await a_child(session, hoa, thu)
    with pytest.raises(NotAllowed):
        await acts.propose_merge(session, minh, child, proposed_by=hoa, reference="file")
    with pytest.raises(NotAllowed):
        await acts.propose_death(session, child, proposed_by=hoa, reference="file")
    merge = await acts.propose_merge(session, minh, child, proposed_by=thu, reference="file")
    with pytest.raises(NotAllowed):
        await acts.decide(session, merge.id, approve=True, decided_by=hoa)
    with pytest.raises(NotAllowed):
        await wards.dissolve(session, guardianship, officer_id=hoa)
    agency = await an_agency(session)
    student = NewAttestation(child, AttestationKind.STUDENT, agency, today(), today(), "school register")
    with pytest.raises(OwnRecord):
        await attestations.issue(session, student, issued_by=hoa)
    (delay, *_) = await orders.delays(session)
    with pytest.raises(OrderStands):
        await orders.propose(session, child, delay=delay.code, days=1, reference="file", by=hoa)
    order = await orders.propose(session, child, delay=delay.code, days=1, reference="file", by=thu)
    with pytest.raises(OrderStands):
        await orders.approve(session, order.id, by=hoa)
    assert (await orders.approve(session, order.id, by=minh)).approved_by == minh
    proofing = ProofingSession(
        secret_hash=b"0" * 32,
        nonce=b"0" * 32,
        state=ProofingState.IN_REVIEW,
        review_reason=ReviewReason.HOLDER,
        doubts=[],
        person_id=child,
        for_person_id=child,
        expires_at=clock.now() + timedelta(minutes=1),
    )
    session.add(proofing)
    await session.flush()
    with pytest.raises(NotAllowed):
        await reviews.decide(session, proofing.id, approve=True, decided_by=hoa, note="seen")


async def test_nobody_shuts_or_opens_their_own_record(db: Database) -> None:
    async with db.transaction() as session:
        hoa, thu, minh = [await a_person(session, name=name) for name in ("Hòa", "Thu", "Minh")]
        child, _ = await a_child(session, hoa, thu)
    async with served(db, [pii]) as hub:
        hub.caller.person(hoa, permissions=["moderation.flag"])
        for own in (hoa, child):
            path = f"/v1/staff/flagged-records/{own}"
            assert (await hub.client.put(path, json={"because": "mine"})).json()["code"] == "moderation.own_case"
            assert (await hub.client.delete(path)).json()["code"] == "moderation.own_case"
        assert (await hub.client.put(f"/v1/staff/flagged-records/{minh}", json={"because": "well known"})).status_code == 204


async def test_asking_others_has_a_budget_a_day(session: AsyncSession) -> None:
    lan, minh = await a_person(session), await a_person(session, name="Minh")
    for _ in range(wards.ASKED_A_DAY):  # each time both are told on every channel
        row = await wards.ask(session, lan, minh, Ground.INCAPACITY, reference="decision")
        await wards.leave(session, row.id, lan)
    with pytest.raises(TooMany):
        await wards.ask(session, lan, minh, Ground.INCAPACITY, reference="decision")
    until = clock.now() + timedelta(days=1)
    for _ in range(powers.GIVEN_A_DAY):
        await powers.give(session, lan, minh, ["documents.collect"], valid_from=clock.now(), valid_until=until)
    with pytest.raises(TooMany):
        await powers.give(session, lan, minh, ["documents.collect"], valid_from=clock.now(), valid_until=until)


async def test_registering_has_a_budget_a_day(session: AsyncSession) -> None:
    lan = await a_person(session)
    name = Text(vi="Cơ quan", en="Agency")
    for number in range(organisations.REGISTERED_A_DAY):
        await organisations.register(session, f"H26.9{number}", name, OrganisationKind.AGENCY, registered_by=lan)
    with pytest.raises(TooMany):
        await organisations.register(session, "H26.99", name, OrganisationKind.AGENCY, registered_by=lan)
    spec = ClientSpec("", name, ClientKind.PUBLIC, ["openid"], redirect_uris=["https://app.example.vn/callback"])
    for _ in range(registration.REGISTERED_A_DAY):
        await registration.register(session, spec, by=lan)
    with pytest.raises(TooMany):
        await registration.register(session, spec, by=lan)


async def test_whoever_has_died_holds_no_office(session: AsyncSession) -> None:
    hoa = await a_person(session, name="Hòa")
    await grant_role(session, hoa, Role.PRIVACY_OFFICER, granted_by=None)
    assert hoa in await allowed(session, "privacy.handle")
    await people.close(session, hoa, Closing.DEATH)
    assert hoa not in await allowed(session, "privacy.handle")


async def test_a_role_given_twice_at_once_is_held_once(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan, hoa, thu = [await a_person(session, phone=False) for _ in range(3)]

    async def give(officer: UUID) -> None:
        async with committed_db.transaction() as session:
            await grant_role(session, lan, Role.MODERATOR, granted_by=officer)

    await asyncio.gather(*(give(officer) for officer in (hoa, thu) * 4))
    async with committed_db.session() as session:
        assert await session.scalar(select(func.count()).select_from(RoleHolding).where(RoleHolding.person_id == lan)) == 1
