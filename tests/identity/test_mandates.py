"""Mandates: given by the right people, counting for their time, and gone at once when they end."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.api import mandates
from identity.mandates import jobs, organisation_routes, routes, wards
from identity.mandates.acting import MandateMissing, guardians_of, majority, wards_of
from identity.mandates.models import Ground, Guardianship, OrganisationMandate, OrganisationRole
from identity.mandates.organisations import NewMandate, first_administrator, grant
from identity.notices.models import OutgoingNotice
from identity.organisations.models import Organisation
from identity.organisations.tax_codes import is_tax_code
from identity.people.models import Person
from identity.places.queries import today
from identity.sessions.models import Revocation
from kernel.models import EventRow
from tests.support import people as made
from tests.support.apps import Served, served
from tests.support.people import a_sign_in, an_agency

ROUTERS = (routes.router, organisation_routes.router)
ENTERPRISE = "0100109106"
SIGN_INS: dict[UUID, UUID] = {}


async def a_person(session: AsyncSession, **how: Any) -> UUID:
    """A person who has just signed in."""
    person = await made.a_person(session, **how)
    SIGN_INS[person] = await a_sign_in(session, person)
    return person


async def a_child(session: AsyncSession, *, years_left: int = 4) -> UUID:
    """A person who comes of age in `years_left` years."""
    person = await a_person(session, name="Bé Minh", level=1)
    adult_on = today().replace(day=1) + timedelta(days=366 * years_left)
    await session.execute(update(Person).where(Person.id == person).values(adult_on=adult_on))
    return person


async def administered(session: AsyncSession) -> tuple[UUID, UUID]:
    """An agency and its first administrator."""
    agency, hoa = await an_agency(session), await a_person(session, name="Hòa")
    await first_administrator(session, agency, hoa, confirmed_by=None)
    return agency, hoa


async def as_(hub: Served, person: UUID, method: str, path: str, **more: Any) -> Any:
    hub.caller.person(person, permissions=more.pop("permissions", ()), session_id=SIGN_INS[person])
    return await hub.client.request(method, path, **more)


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("0100109106", True),
        ("0100109106001", True),
        ("0100109106000", False),
        ("0100109107", False),
        ("010010910", False),
        ("01001091060", False),
        ("001190000123", False),
        ("0100109106-01", False),
    ],
)
def test_a_tax_code_has_its_check_digit(code: str, good: bool) -> None:
    assert is_tax_code(code) is good


async def test_an_enterprise_is_registered_confirmed_by_another_and_administered(db: Database) -> None:
    async with db.transaction() as session:
        lan, officer = await a_person(session, name="Lan"), await a_person(session, name="Thu")
    body = {"kind": "enterprise", "code": ENTERPRISE, "name_vi": "Công ty Gươm", "name_en": "Guom Company"}
    async with served(db, ROUTERS) as hub:
        assert (await as_(hub, lan, "POST", "/v1/organisations", json=body | {"code": "0100109107"})).json()[
            "code"
        ] == "organisations.refused"
        assert (await as_(hub, lan, "POST", "/v1/organisations", json=body | {"kind": "agency"})).json()["code"] == "organisations.refused"
        made = await as_(hub, lan, "POST", "/v1/organisations", json=body)
        assert (made.status_code, made.json()["state"]) == (201, "pending")
        assert (await as_(hub, officer, "POST", "/v1/organisations", json=body)).json()["code"] == "organisations.known"
        place = f"/v1/organisations/{made.json()['id']}"
        assert (await as_(hub, lan, "GET", f"{place}/members")).status_code == 404
        confirm = f"/v1/staff{place.removeprefix('/v1')}/confirmation"
        assert (await as_(hub, lan, "POST", confirm)).status_code == 403
        own = await as_(hub, lan, "POST", confirm, permissions=["organisations.confirm"])
        assert (own.status_code, own.json()["code"]) == (403, "access.not_allowed")
        assert (await as_(hub, officer, "POST", confirm, permissions=["organisations.confirm"])).status_code == 204
        assert (await as_(hub, officer, "POST", confirm, permissions=["organisations.confirm"])).status_code == 404
        mine = (await as_(hub, lan, "GET", "/v1/me/mandates")).json()["items"]
        assert [(one["kind"], one["roles"], one["name"]["vi"]) for one in mine] == [("organisation", ["administrator"], "Công ty Gươm")]
        members = (await as_(hub, lan, "GET", f"{place}/members")).json()["items"]
        assert [row["person_id"] for row in members] == [str(lan)]
        assert (await as_(hub, officer, "GET", f"{place}/members")).status_code == 404


async def test_a_refused_registration_leaves_the_code_free(db: Database) -> None:
    async with db.transaction() as session:
        lan, officer = await a_person(session), await a_person(session)
    body = {"kind": "enterprise", "code": ENTERPRISE, "name_vi": "Công ty Gươm", "name_en": "Guom Company"}
    async with served(db, ROUTERS) as hub:
        made = (await as_(hub, lan, "POST", "/v1/organisations", json=body)).json()
        refuse = f"/v1/staff/organisations/{made['id']}"
        waiting = await as_(hub, officer, "GET", "/v1/staff/organisations", permissions=["organisations.confirm"])
        assert [row["id"] for row in waiting.json()["items"]] == [made["id"]]
        assert (await as_(hub, officer, "DELETE", refuse, permissions=["organisations.confirm"])).status_code == 204
        assert (await as_(hub, lan, "POST", "/v1/organisations", json=body)).status_code == 201


async def test_administrators_give_and_end_roles_and_one_always_stays(db: Database) -> None:
    async with db.transaction() as session:
        agency, hoa = await administered(session)
        minh, weak = await a_person(session, name="Minh"), await a_person(session, level=1)
    place = f"/v1/organisations/{agency}/members"
    async with served(db, ROUTERS) as hub:
        given = await as_(hub, hoa, "POST", place, json={"person_id": str(minh), "role": "officer"})
        assert given.status_code == 201
        again = await as_(hub, hoa, "POST", place, json={"person_id": str(minh), "role": "officer"})
        assert again.json()["id"] == given.json()["id"]
        assert (await as_(hub, minh, "POST", place, json={"person_id": str(weak), "role": "clerk"})).json()["code"] == "mandates.missing"
        assert (await as_(hub, hoa, "POST", place, json={"person_id": str(weak), "role": "clerk"})).json()["code"] == "mandates.refused"
        past = {"person_id": str(minh), "role": "clerk", "valid_until": "2020-01-01T00:00:00Z"}
        assert (await as_(hub, hoa, "POST", place, json=past)).json()["code"] == "mandates.refused"
        members = (await as_(hub, minh, "GET", place)).json()["items"]
        own = next(row["id"] for row in members if row["role"] == "administrator")
        assert (await as_(hub, minh, "DELETE", f"{place}/{own}")).status_code == 404
        assert (await as_(hub, hoa, "DELETE", f"{place}/{own}")).json()["code"] == "mandates.last_administrator"
        assert (await as_(hub, minh, "DELETE", f"{place}/{given.json()['id']}")).status_code == 204
        assert (await as_(hub, minh, "GET", place)).status_code == 404
    async with db.session() as session:
        assert await session.scalar(select(Revocation.subject).where(Revocation.kind == "mandate")) == f"{minh}:organisation:{agency}"
        names = set(await session.scalars(select(EventRow.name)))
        assert {"identity.mandate_given", "identity.mandate_ended"} <= names


async def test_two_administrators_cannot_end_each_other_at_once(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        agency, hoa = await administered(session)
        thu = await a_person(session, name="Thu")
        await grant(session, NewMandate(agency, thu, OrganisationRole.ADMINISTRATOR), granted_by=hoa)
        rows = {row.person_id: row.id for row in await session.scalars(select(OrganisationMandate))}
    place = f"/v1/organisations/{agency}/members"
    async with served(committed_db, ROUTERS) as one, served(committed_db, ROUTERS) as other:
        one.caller.person(hoa, session_id=SIGN_INS[hoa])
        other.caller.person(thu, session_id=SIGN_INS[thu])
        answers = await asyncio.gather(one.client.delete(f"{place}/{rows[thu]}"), other.client.delete(f"{place}/{rows[hoa]}"))
    assert min(answer.status_code for answer in answers) == 204
    async with committed_db.session() as session:
        left = list(await session.scalars(select(OrganisationMandate).where(OrganisationMandate.ended_at.is_(None))))
    assert len(left) == 1


async def test_what_one_organisation_lends_another_gives_to_its_people_and_takes_back_whole(db: Database) -> None:
    async with db.transaction() as session:
        agency, hoa = await administered(session)
        other, thu, minh = await an_agency(session, "H26.20"), await a_person(session), await a_person(session)
        await first_administrator(session, other, thu, confirmed_by=None)
    async with served(db, ROUTERS) as hub:
        place = f"/v1/organisations/{agency}"
        assert (await as_(hub, thu, "POST", f"{place}/members", json={"person_id": str(minh), "role": "clerk"})).status_code == 404
        lent = await as_(hub, hoa, "POST", f"{place}/lendings", json={"to_organisation_id": str(other), "roles": ["clerk"]})
        assert lent.status_code == 201, lent.text
        assert (
            await as_(hub, hoa, "POST", f"{place}/lendings", json={"to_organisation_id": str(other), "roles": ["administrator"]})
        ).status_code == 422
        officer = await as_(hub, thu, "POST", f"{place}/members", json={"person_id": str(minh), "role": "officer"})
        assert officer.json()["code"] == "mandates.missing"
        assert (await as_(hub, thu, "POST", f"{place}/members", json={"person_id": str(minh), "role": "clerk"})).status_code == 201
        assert [row["id"] for row in (await as_(hub, thu, "GET", f"/v1/organisations/{other}/lendings")).json()["items"]] == [
            lent.json()["id"]
        ]
        async with db.session() as session:
            assert (await mandates.acting_for(session, minh, agency)).roles == {"clerk"}
        assert (await as_(hub, thu, "DELETE", f"{place}/lendings/{lent.json()['id']}")).status_code == 404
        assert (await as_(hub, hoa, "DELETE", f"{place}/lendings/{lent.json()['id']}")).status_code == 204
    async with db.session() as session:
        with pytest.raises(MandateMissing):
            await mandates.acting_for(session, minh, agency)


async def test_a_guardianship_takes_both_and_ends_on_the_birthday(db: Database) -> None:
    async with db.transaction() as session:
        lan, child, stranger = await a_person(session), await a_child(session), await a_person(session)
        adult_on = (await session.get_one(Person, child)).adult_on
    assert adult_on is not None
    body = {"ward_id": str(child), "ground": "parent", "reference": "birth certificate 12/2015"}
    async with served(db, ROUTERS) as hub:
        asked = await as_(hub, lan, "POST", "/v1/me/wards", json=body)
        assert asked.status_code == 201, asked.text
        assert (await as_(hub, lan, "POST", "/v1/me/wards", json=body)).json()["code"] == "mandates.guardianship_known"
        assert (await as_(hub, lan, "POST", "/v1/me/wards", json=body | {"ward_id": str(stranger)})).json()["code"] == "mandates.refused"
        assert (await as_(hub, lan, "POST", "/v1/me/wards", json=body | {"ward_id": str(lan)})).json()["code"] == "mandates.refused"
        assert (await as_(hub, lan, "GET", "/v1/me/mandates")).json()["items"] == []
        accept = f"/v1/me/guardians/{asked.json()['id']}/acceptance"
        assert (await as_(hub, lan, "POST", accept)).status_code == 404
        assert (await as_(hub, stranger, "POST", accept)).status_code == 404
        assert (await as_(hub, child, "POST", accept)).status_code == 204
        mine = (await as_(hub, lan, "GET", "/v1/me/mandates")).json()["items"]
        assert [(one["kind"], one["id"], one["roles"]) for one in mine] == [("ward", str(child), ["guardian"])]
        refused = await as_(hub, child, "DELETE", f"/v1/me/wards/{asked.json()['id']}")
        assert refused.json()["code"] == "mandates.refused"
        with clock.use(FixedClock(majority(adult_on) - timedelta(seconds=1))):
            assert len((await as_(hub, lan, "GET", "/v1/me/mandates")).json()["items"]) == 1
        with clock.use(FixedClock(majority(adult_on))):
            assert (await as_(hub, lan, "GET", "/v1/me/mandates")).json()["items"] == []
            async with db.transaction() as session:
                assert (await guardians_of(session, child), await wards_of(session, lan)) == ([], [])
                await jobs.run_out(session, Run({}, 0, db, {}))
            async with db.session() as session:
                assert list(await session.scalars(select(Guardianship.state))) == ["ended"]


async def test_an_officer_agrees_for_whoever_cannot(db: Database) -> None:
    async with db.transaction() as session:
        lan, incapable, officer = await a_person(session), await a_person(session), await a_person(session)
    body = {"ward_id": str(incapable), "ground": "incapacity", "reference": "court decision 7/2025"}
    async with served(db, ROUTERS) as hub:
        asked = (await as_(hub, lan, "POST", "/v1/me/wards", json=body)).json()
        own = await as_(hub, incapable, "POST", f"/v1/me/guardians/{asked['id']}/acceptance")
        assert own.json()["code"] == "mandates.refused"
        confirm = f"/v1/staff/guardianships/{asked['id']}/acceptance"
        assert (await as_(hub, lan, "POST", confirm, permissions=["people.correct"])).status_code == 403
        assert (await as_(hub, officer, "POST", confirm, permissions=["people.correct"])).status_code == 204
        assert len((await as_(hub, lan, "GET", "/v1/me/mandates")).json()["items"]) == 1
        assert (
            await as_(hub, officer, "DELETE", f"/v1/staff/guardianships/{asked['id']}", permissions=["people.correct"])
        ).status_code == 204
        assert (await as_(hub, lan, "GET", "/v1/me/mandates")).json()["items"] == []


async def test_a_power_of_attorney_counts_from_acceptance_to_its_end(db: Database) -> None:
    async with db.transaction() as session:
        lan, minh, thu = await a_person(session, name="Lan"), await a_person(session, name="Minh"), await a_person(session)
    start, end = clock.now(), clock.now() + timedelta(days=30)
    body = {
        "to_person_id": str(minh),
        "scopes": ["vn.hanoi.parking"],
        "valid_from": start.isoformat(),
        "valid_until": end.isoformat(),
    }
    async with served(db, ROUTERS) as hub:
        for wrong in (
            {"to_person_id": str(lan)},
            {"valid_until": start.isoformat()},
            {"valid_until": (start + timedelta(days=400)).isoformat()},
        ):
            assert (await as_(hub, lan, "POST", "/v1/me/delegations", json=body | wrong)).json()["code"] == "mandates.refused"
        assert (await as_(hub, lan, "POST", "/v1/me/delegations", json=body | {"to_person_id": str(new_id())})).status_code == 404
        given = (await as_(hub, lan, "POST", "/v1/me/delegations", json=body)).json()
        accept = f"/v1/me/delegations/{given['id']}/acceptance"
        assert (await as_(hub, thu, "POST", accept)).status_code == 404
        assert (await as_(hub, minh, "POST", accept)).status_code == 204
        assert (await as_(hub, minh, "POST", accept)).status_code == 404
        mine = (await as_(hub, minh, "GET", "/v1/me/mandates")).json()["items"]
        assert [(one["kind"], one["id"], one["roles"]) for one in mine] == [("delegator", str(lan), ["vn.hanoi.parking"])]
        with clock.use(FixedClock(end)):
            assert (await as_(hub, minh, "GET", "/v1/me/mandates")).json()["items"] == []
        assert (await as_(hub, thu, "DELETE", f"/v1/me/delegations/{given['id']}")).status_code == 404
        assert (await as_(hub, lan, "DELETE", f"/v1/me/delegations/{given['id']}")).status_code == 204
        assert (await as_(hub, minh, "GET", "/v1/me/mandates")).json()["items"] == []
        assert [row["state"] for row in (await as_(hub, minh, "GET", "/v1/me/delegations")).json()["items"]] == ["ended"]


async def test_a_role_that_has_run_out_is_ended_by_the_job_and_may_be_given_again(db: Database) -> None:
    async with db.transaction() as session:
        agency, hoa = await administered(session)
        minh = await a_person(session)
        await grant(session, NewMandate(agency, minh, OrganisationRole.CLERK, valid_until=clock.now() + timedelta(hours=1)), granted_by=hoa)
    with clock.use(FixedClock(clock.now() + timedelta(hours=2))):
        async with db.transaction() as session:
            with pytest.raises(MandateMissing):
                await mandates.acting_for(session, minh, agency)
            await grant(session, NewMandate(agency, minh, OrganisationRole.CLERK), granted_by=hoa)
            await jobs.run_out(session, Run({}, 0, db, {}))
            assert (await mandates.acting_for(session, minh, agency)).until is None


async def test_organisations_made_before_there_were_mandates_count_as_confirmed(session: AsyncSession) -> None:
    agency = await an_agency(session)
    assert (await session.get_one(Organisation, agency)).state == "confirmed"


async def test_giving_a_guardian_a_power_or_a_role_needs_a_fresh_sign_in(db: Database) -> None:
    async with db.transaction() as session:
        agency, hoa = await administered(session)
        minh = await a_person(session)
    later = clock.now() + timedelta(hours=1)
    asked = {
        "/v1/me/wards": {"ward_id": str(minh), "ground": "incapacity", "reference": "decision"},
        "/v1/me/delegations": {
            "to_person_id": str(minh),
            "scopes": ["vn.hanoi.parking"],
            "valid_from": later.isoformat(),
            "valid_until": (later + timedelta(days=1)).isoformat(),
        },
        f"/v1/organisations/{agency}/members": {"person_id": str(minh), "role": "clerk"},
        f"/v1/organisations/{agency}/lendings": {"to_organisation_id": str(new_id()), "roles": ["clerk"]},
    }
    async with served(db, ROUTERS) as hub:
        with clock.use(FixedClock(later)):
            for path, body in asked.items():
                refused = await as_(hub, hoa, "POST", path, json=body)
                assert (refused.status_code, refused.json()["code"]) == (401, "access.step_up_required"), path
                assert "max_age" in refused.headers["WWW-Authenticate"]


async def test_both_parties_hear_of_a_guardian_on_every_channel(db: Database) -> None:
    async with db.transaction() as session:
        lan, child = await a_person(session), await a_child(session)
        asked = await wards.ask(session, lan, child, Ground.PARENT, reference="birth certificate")
        await wards.agree(session, asked.id, child)
        told = list(await session.execute(select(OutgoingNotice.person_id, OutgoingNotice.kind)))
        assert sorted(told) == sorted([(person, "guardian_changed") for person in (lan, child)] * 2)
