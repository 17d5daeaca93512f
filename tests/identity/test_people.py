"""People: sealed under a key of their own, unique by a keyed hash, and never more than their level says."""

import ast
import asyncio
import base64
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.api import levels, organisations, people
from identity.people import service, uniqueness, vault
from identity.people.models import Attribute, Person, PersonIndex, PersonKey, PersonKind, PersonState, SealedAttribute
from identity.people.routes import router
from identity.people.service import NewPerson
from identity.places.queries import today
from kernel import sealing
from tests.support.apps import served
from tests.support.people import a_person, a_ward

REPOSITORY = Path(__file__).parents[2]


async def test_the_ladder_of_trust(session: AsyncSession) -> None:
    ward = await a_ward(session)
    nobody = await a_person(session, level=0, phone=False)
    phoned = await a_person(session, level=1)
    verified = await a_person(session, phone=False)
    attested = await a_person(session, ward=ward)
    assert [await levels.trust_level(session, each) for each in (nobody, phoned, verified, attested)] == [0, 1, 2, 3]
    assert await levels.residence(session, attested) == ward
    assert await levels.residence(session, verified) is None


async def test_a_residence_without_level_2_counts_for_nothing(session: AsyncSession) -> None:
    person = await a_person(session, ward=await a_ward(session))
    await session.execute(update(Person).where(Person.id == person).values(level=1))
    assert (await levels.facts(session, person)).trust_level == 1


async def test_a_tourist_whose_stay_is_over_falls_to_level_1(session: AsyncSession) -> None:
    person = await a_person(session, kind="tourist", phone=False)
    await session.execute(update(Person).where(Person.id == person).values(stay_ends_on=today()))
    assert (await levels.facts(session, person)).acr == 2
    await session.execute(update(Person).where(Person.id == person).values(stay_ends_on=today() - timedelta(days=1)))
    assert (await levels.facts(session, person)).acr == 1


async def test_cards_leave_out_who_is_not_there(session: AsyncSession) -> None:
    lan, minh = await a_person(session, name="Lan"), await a_person(session, name="Minh")
    await session.execute(update(Person).where(Person.id == minh).values(state=PersonState.CLOSED))
    assert {card.display_name for card in (await people.cards(session, [lan, minh, new_id()])).values()} == {"Lan"}
    assert await people.cards(session, []) == {}
    with pytest.raises(people.PersonNotFound):
        await people.card(session, minh)
    with pytest.raises(people.PersonNotFound):
        await levels.trust_level(session, new_id())


async def test_nothing_sealed_is_readable_in_the_tables_and_destroying_the_key_erases_it(session: AsyncSession) -> None:
    person = await a_person(session, phone=False)
    await vault.seal(session, person, {Attribute.ADDRESS: "12 phố Huế"})
    await vault.seal(session, person, {Attribute.ADDRESS: "14 phố Huế"})
    stored = await session.scalar(select(SealedAttribute.value).where(SealedAttribute.person_id == person))
    assert stored is not None
    assert "Huế".encode() not in stored
    assert await vault.open_for_disclosure(session, person, [Attribute.ADDRESS]) == {Attribute.ADDRESS: "14 phố Huế"}
    ring = await vault.ring_of(session, person)
    assert ring is not None
    with pytest.raises(sealing.CannotOpen):
        ring.open(stored, context=vault.context(new_id(), Attribute.ADDRESS))
    await vault.destroy(session, person)
    assert await vault.open_for_disclosure(session, person, [Attribute.ADDRESS]) == {}
    with pytest.raises(LookupError):
        await vault.seal(session, person, {Attribute.ADDRESS: "12 phố Huế"})
    assert await session.scalar(select(PersonKey.destroyed_at).where(PersonKey.person_id == person)) is not None


async def test_a_number_is_one_persons_in_many_transactions_at_once(committed_db: Database) -> None:
    value = uniqueness.citizen("001190000123")

    async def prove() -> bool:
        async with committed_db.transaction() as session:
            person = await service.create(session, NewPerson(PersonKind.RESIDENT, "Lan", 2))
            return await uniqueness.claim(session, person, value)

    assert sorted(await asyncio.gather(*(prove() for _ in range(8)))) == [False] * 7 + [True]


async def test_uniqueness_holds_across_a_rotation_of_the_pepper(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = os.urandom(32), os.urandom(32)
    monkeypatch.setattr(sealing, "_peppers", lambda: ({"old": old}, "old"))
    first, second = await a_person(session, phone=False), await a_person(session, phone=False)
    assert await uniqueness.claim(session, first, "VN|1")
    monkeypatch.setattr(sealing, "_peppers", lambda: ({"new": new, "old": old}, "new"))
    assert await uniqueness.holder(session, "VN|1") == first
    async with session.begin_nested() as savepoint:
        assert not await uniqueness.claim(session, second, "VN|1")
        await savepoint.rollback()
    assert await uniqueness.claim(session, second, "VN|2")
    keys = await session.scalars(select(PersonIndex.key_id).where(PersonIndex.person_id == second))
    assert set(keys) == {"old", "new"}


def test_only_the_log_of_readings_opens_what_is_sealed() -> None:
    callers = set()
    for path in REPOSITORY.glob("*/**/*.py"):
        relative = path.relative_to(REPOSITORY)
        if relative.parts[0] in {".venv", "tests", "sdk"}:
            continue
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        if "open_for_disclosure" in names:
            callers.add(relative.as_posix())
    assert callers == {"identity/disclosures/service.py"}


def test_only_few_hold_a_persons_own_key() -> None:
    """Whoever takes the ring could open documents past the log: writers, the person's own factor and archive, and the log itself."""
    holders = set()
    for path in (REPOSITORY / "identity").rglob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        if "ring_of" in names:
            holders.add(path.relative_to(REPOSITORY / "identity").as_posix())
    assert holders == {"disclosures/service.py", "factors/totp.py", "privacy/archive.py", "proofing/accounts.py"}


async def test_organisations_are_found_by_code_and_renamed(session: AsyncSession) -> None:
    from hanoismart.text import Text

    made = await organisations.ensure(session, "H26.15", Text(vi="Sở A", en="Department A"), "agency")
    renamed = await organisations.ensure(session, "H26.15", Text(vi="Sở B", en="Department B"), "agency")
    assert (renamed.id, renamed.name.en) == (made.id, "Department B")
    assert await organisations.by_code(session, "H26.15") == renamed
    with pytest.raises(organisations.OrganisationNotFound):
        await organisations.organisation(session, new_id())


async def test_me_shows_my_own_account_with_the_phone_masked(db: Database) -> None:
    async with db.transaction() as session:
        ward = await a_ward(session)
        person = await a_person(session, name="Lan", ward=ward)
    async with served(db, [router]) as hub:
        assert (await hub.client.get("/v1/me")).status_code == 401
        hub.caller.person(person)
        me = (await hub.client.get("/v1/me")).json()
    assert (me["display_name"], me["level"], me["trust_level"], me["residence"]) == ("Lan", 2, 3, str(ward))
    assert me["phone"]["hint"].startswith("••• ")
    assert len(me["phone"]["hint"]) == 7


async def test_a_persons_key_is_wrapped_with_the_installations(session: AsyncSession) -> None:
    person = await a_person(session, phone=False)
    wrapped = await session.scalar(select(PersonKey.wrapped).where(PersonKey.person_id == person))
    assert wrapped is not None
    other = sealing.Keyring({"k": base64.b64decode(base64.b64encode(os.urandom(32)))}, "k")
    with pytest.raises(sealing.CannotOpen):
        other.open(wrapped, context=f"person-key:{person}".encode())
    assert (await people.card(session, person)).demo is False
    assert clock.now().tzinfo is not None
