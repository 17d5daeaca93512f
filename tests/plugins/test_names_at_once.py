"""What is looked up and then taken is taken once, however many ask at the same moment: names, domains, duties, and prefixes."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from hanoismart.clock import now
from hanoismart.manifest import grammar
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api.organisations import Organisation, OrganisationKind
from kernel.access import Caller
from kernel.blobs import Blobs
from plugins.developers import domains, naming
from plugins.developers.models import DomainProof, ProofState
from plugins.erasures import service as erasures
from plugins.erasures.models import AppErasure, ErasureReason
from plugins.registry.models import AppName
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person
from tests.support.publishing import APP_ID, Studio, approved, rolled, studio

ROUNDS = 4


async def companies(house: SmallHub) -> list[tuple[Caller, str, str]]:
    """Two companies with a domain each: who calls, where its apps are made, and the prefix of their ids."""
    made = []
    for code, domain in (("0309876543", "forge.vn"), ("0309876550", "other.vn")):
        async with house.database.transaction() as session:
            one = await studio(session, code=code)
            proof = DomainProof(organisation_id=one.organisation_id, domain=domain, token="t", state=ProofState.VERIFIED, verified_at=now())
            session.add(proof)
        await house.signed_in(person_id=one.developer_id)
        assert house.chosen.caller is not None
        made.append((house.chosen.caller, f"/v1/dev/organisations/{one.organisation_id}/apps", f"vn.{domain.split('.')[0]}"))
    return made


async def at_once(house: SmallHub, calls: Sequence[tuple[Caller, str, dict[str, Any]]]) -> list[Any]:
    async def call(caller: Caller, path: str, body: dict[str, Any]) -> Any:
        house.chosen.acting.set(caller)
        return await house.client.post(path, json=body)

    return await asyncio.gather(*(call(*one) for one in calls))


async def test_two_look_alikes_at_once_are_one_app(house: SmallHub) -> None:
    made = await companies(house)
    for number in range(ROUNDS):
        names = (
            {"name_vi": f"Chợ quê {number}", "name_en": f"Corner {number}"},
            {"name_vi": f"Cho que {number}", "name_en": f"C0rner {number}"},
        )
        calls = [
            (caller, path, {"app_id": f"{prefix}.shop{number}", **said}) for (caller, path, prefix), said in zip(made, names, strict=True)
        ]
        answers = await at_once(house, calls)
        assert sorted(one.status_code for one in answers) == [201, 422], [one.text for one in answers]
        (refused,) = [one.json() for one in answers if one.status_code == 422]
        assert (refused["code"], refused["reason"]) == ("developers.name_refused", "lookalike")


async def test_names_crossed_over_make_nobody_wait_for_ever(house: SmallHub) -> None:
    made = await companies(house)
    for number in range(ROUNDS):
        one, two = f"Nhà hàng {number}", f"Quán ăn {number}"
        calls = [
            (caller, path, {"app_id": f"{prefix}.eat{number}", "name_vi": names[0], "name_en": names[1]})
            for (caller, path, prefix), names in zip(made, ((one, two), (two, one)), strict=True)
        ]
        assert sorted(one.status_code for one in await asyncio.wait_for(at_once(house, calls), 20)) == [201, 422]


async def test_a_name_somebody_took_meanwhile_is_not_served(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    renamed = {"i18n": {"en": {"name": "Corner bakery", "description": "Bread", "reason": {}}}}
    await approved(house, blobs, workshop, 2, **renamed)
    mine = house.chosen.caller
    (caller, path, prefix), _ = await companies(house)
    house.chosen.caller = caller
    taken = await house.client.post(path, json={"app_id": f"{prefix}.bakery", "name_vi": "Lò bánh", "name_en": "Corner bakery"})
    assert taken.status_code == 201
    house.chosen.caller = mine
    for stage in ("whitelist", "canary", "live"):
        refused = await rolled(house, 2, stage)
        assert (refused.status_code, refused.json()["code"], refused.json()["twin"]) == (422, "developers.name_refused", f"{prefix}.bakery")
    assert (await house.client.get(f"/v1/miniapps/{APP_ID}")).json()["version_code"] == 1


async def test_names_of_a_version_one_may_roll_back_to_stay_taken(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    old = await _marks(house)
    renamed = {"i18n": {"en": {"name": "Bread and tea house", "description": "Bread", "reason": {}}}}
    await approved(house, blobs, workshop, 2, **renamed)
    await rolled(house, 2, "canary", percent=5)
    assert old < await _marks(house)
    await rolled(house, 2, "live")
    assert old < await _marks(house)
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")).json() == {"live": 1}
    assert await _marks(house) == old


async def _marks(house: SmallHub) -> set[str]:
    async with house.database.session() as session:
        return set(await session.scalars(select(AppName.skeleton).where(AppName.app_id == APP_ID)))


async def test_a_domain_named_many_times_at_once_is_one_proof_and_fifty_is_the_most(house: SmallHub, workshop: Studio) -> None:
    organisation_id = workshop.organisation_id

    async def claim(domain: str) -> str:
        try:
            async with house.database.transaction() as session:
                return (await domains.claim(session, organisation_id, domain)).token
        except Problem as refused:
            return refused.code

    assert len(set(await asyncio.gather(*(claim("tea.example.vn") for _ in range(6))))) == 1
    async with house.database.transaction() as session:
        session.add_all(
            DomainProof(organisation_id=organisation_id, domain=f"d{number}.example.vn", token="t", state=ProofState.PENDING)
            for number in range(domains.MOST - 4)
        )
    told = await asyncio.gather(*(claim(f"more{number}.example.vn") for number in range(6)))
    assert sum(one == "developers.too_many_domains" for one in told) == 4
    async with house.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(DomainProof)) == domains.MOST


async def test_an_app_asked_twice_at_once_to_erase_has_one_duty(house: SmallHub) -> None:
    async with house.database.transaction() as session:
        await installed(session, manifest())
        lan = await a_person(session, name="Lan")

    async def ask() -> None:
        async with house.database.transaction() as session:
            await erasures.ask(session, APP, lan, ErasureReason.REMOVED)

    await asyncio.gather(*(ask() for _ in range(4)))
    async with house.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(AppErasure)) == 1


def _organisation(code: str) -> Organisation:
    return Organisation(uuid4(), code, Text(vi="Công ty", en="Company"), OrganisationKind.ENTERPRISE)


@given(st.lists(st.text(alphabet="AB01ab.-x", min_size=1, max_size=12), unique=True, min_size=2, max_size=6))
def test_no_two_organisations_have_one_prefix_and_every_prefix_is_a_name(codes: list[str]) -> None:
    prefixes = [naming.own_prefix(_organisation(code)) for code in codes]
    assert len(set(prefixes)) == len(prefixes)
    assert all(re.fullmatch(grammar.APP_ID, f"{prefix}.shop") for prefix in prefixes)


@pytest.mark.parametrize(("code", "prefix"), [("H26.15", "dev.h26-15"), ("0101234567", "dev.0101234567")])
def test_a_prefix_reads_like_its_code(code: str, prefix: str) -> None:
    assert naming.own_prefix(_organisation(code)) == prefix
    assert naming.own_prefix(_organisation(code.replace(".", "-") + "-")) != prefix
