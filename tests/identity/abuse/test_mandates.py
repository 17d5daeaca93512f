"""Case 39: another's object is not there, and a mandate that ended stops its tokens at once."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import update

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from hanoismart.tokens import ASSERTION_HEADER
from identity.mandates import organisations, powers, wards
from identity.mandates.acting import majority
from identity.mandates.models import Ground, OrganisationRole
from identity.mandates.organisations import NewMandate, first_administrator, grant
from identity.people.models import Person
from identity.places.queries import today
from kernel.cache import Cache
from plugins.routers import ROUTERS
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest, small_hub
from tests.support.people import a_person, an_agency

OTHERS = (
    "/v1/organisations/{id}/members",
    "/v1/organisations/{id}/lendings",
)
ENDS = (
    "/v1/me/wards/{id}",
    "/v1/me/delegations/{id}",
    "/v1/organisations/{id}/members/{id}",
    "/v1/organisations/{id}/lendings/{id}",
)
ACCEPTS = ("/v1/me/guardians/{id}/acceptance", "/v1/me/delegations/{id}/acceptance")


@pytest_asyncio.fixture
async def hub(committed_db: Database, redis: Redis, redis_url: str) -> AsyncIterator[SmallHub]:
    cache = Cache(redis_url)
    async with small_hub(committed_db, cache, ROUTERS) as hub:
        hub.backends.apps[APP] = Echo()
        async with hub.database.transaction() as session:
            await installed(session, manifest())
        yield hub
    await cache.close()


async def opened(hub: SmallHub, act_for: dict[str, Any]) -> dict[str, Any]:
    await hub.agree()
    answer = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={"act_for": act_for})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def called(hub: SmallHub, app: dict[str, Any]) -> Any:
    return await hub.client.get(f"{app['gateway']}/permits", headers={"Authorization": f"Bearer {app['access_token']}"})


async def test_case_39_another_id_is_404(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        hoa, child, minh = await a_person(session), await a_person(session, level=1), await a_person(session)
        agency = await an_agency(session)
        administrator = await first_administrator(session, agency, hoa, confirmed_by=None)
        await session.execute(update(Person).where(Person.id == child).values(adult_on=today() + timedelta(days=700)))
        asked = await wards.ask(session, hoa, child, Ground.PARENT, reference="birth certificate")
        lent = await organisations.lend(
            session, agency, await an_agency(session, "H26.20"), [OrganisationRole.CLERK], granted_by=hoa, valid_until=None
        )
    await hub.signed_in(person_id=minh)
    real = {"wards": asked.id, "organisations": agency, "guardians": asked.id, "delegations": new_id()}
    for paths, method in ((OTHERS, "GET"), (ENDS, "DELETE"), (ACCEPTS, "POST")):
        for path in paths:
            room = path.split("/")[3] if path.startswith("/v1/me") else "organisations"
            inner = str(administrator.id if "members" in path else lent.id)
            told = path.replace("{id}", str(real[room]), 1).replace("{id}", inner)
            absent = path.replace("{id}", str(new_id()))
            answers = [await hub.client.request(method, each) for each in (told, absent)]
            assert [answer.status_code for answer in answers] == [404, 404], path
            assert answers[0].json()["code"] == answers[1].json()["code"], path


async def test_case_39_an_expired_or_ended_mandate_is_403_at_once_tokens_included(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        hoa, minh, agency = await a_person(session), await a_person(session), await an_agency(session)
        await first_administrator(session, agency, hoa, confirmed_by=None)
        new = NewMandate(agency, minh, OrganisationRole.CLERK, valid_until=clock.now() + timedelta(minutes=2))
        mandate = await grant(session, new, granted_by=hoa)
    await hub.signed_in(person_id=minh)
    who = {"kind": "organisation", "id": str(agency)}
    app = await opened(hub, who)
    assert app["expires_in"] <= 120
    assert app["launch_expires_in"] <= 120
    answer = await called(hub, app)
    assert answer.status_code == 200
    with clock.use(FixedClock(clock.now() + timedelta(minutes=2))):
        over = await called(hub, app)
        assert (over.status_code, over.json()["code"]) == (403, "mandates.over")
        again = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={"act_for": who})
        assert (again.status_code, again.json()["code"]) == (403, "mandates.missing")
    async with hub.database.transaction() as session:
        await organisations.end(session, agency, mandate.id, ended_by=hoa)
    await hub.chosen.tokens._revocations.read()
    ended = await called(hub, app)
    assert (ended.status_code, ended.json()["code"]) == (403, "mandates.over")


async def test_case_39_a_ward_who_came_of_age_is_403_at_once_tokens_included(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        lan, child = await a_person(session), await a_person(session, level=1)
        adult_on = today() + timedelta(days=1)
        await session.execute(update(Person).where(Person.id == child).values(adult_on=adult_on))
        asked = await wards.ask(session, lan, child, Ground.PARENT, reference="birth certificate")
        await wards.agree(session, asked.id, child)
    await hub.signed_in(person_id=lan)
    who = {"kind": "ward", "id": str(child)}
    just_before = majority(adult_on) - timedelta(minutes=1)
    with clock.use(FixedClock(just_before)):
        app = await opened(hub, who)
        assert (await called(hub, app)).status_code == 200
        assert app["expires_in"] <= 60
    with clock.use(FixedClock(majority(adult_on))):
        over = await called(hub, app)
        assert (over.status_code, over.json()["code"]) == (403, "mandates.over")
        again = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={"act_for": who})
        assert (again.status_code, again.json()["code"]) == (403, "mandates.missing")


async def test_a_backend_is_told_for_whom_and_as_what(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        hoa, agency = await a_person(session), await an_agency(session)
        await first_administrator(session, agency, hoa, confirmed_by=None)
    await hub.signed_in(person_id=hoa)
    told = (await called(hub, await opened(hub, {"kind": "organisation", "id": str(agency)}))).json()
    claims = signed_claims(told["headers"][ASSERTION_HEADER.lower()])
    assert (claims["act_for"], claims["roles"]) == (str(agency), ["administrator"])


def signed_claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


async def test_a_power_of_attorney_opens_only_the_app_it_names(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        lan, minh, thu = await a_person(session), await a_person(session), await a_person(session)
        for giver, scope in ((lan, APP), (thu, "vn.hanoi.other")):
            row = await powers.give(session, giver, minh, [scope], valid_from=clock.now(), valid_until=clock.now() + timedelta(days=1))
            await powers.accept(session, row.id, minh)
    await hub.signed_in(person_id=minh)
    app = await opened(hub, {"kind": "delegator", "id": str(lan)})
    claims = signed_claims(app["access_token"])["act_for"]
    assert (claims["kind"], claims["roles"]) == ("delegator", [APP])
    assert claims["id"] != str(lan)
    for giver in (thu, UUID(int=5)):
        refused = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={"act_for": {"kind": "delegator", "id": str(giver)}})
        assert (refused.status_code, refused.json()["code"]) == (403, "mandates.missing")
