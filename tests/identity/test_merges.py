"""A merge loses nothing and leaks nothing: mandates, papers, restrictions and the right to erasure go along, and go back."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.access.models import Role, RoleHolding
from identity.api import disclosures, mandates
from identity.clients.service import pairwise, person_of
from identity.disclosures import service as log
from identity.mandates import powers, wards
from identity.mandates.acting import MandateMissing, acting_for_delegator, acting_for_ward
from identity.mandates.models import Ground
from identity.moderation import ladder
from identity.moderation import queries as moderation
from identity.notices.models import OutgoingNotice
from identity.people import acts, reindexing, service, uniqueness, vault
from identity.people.acts import ActNotFound, ActRefused
from identity.people.models import Attribute, DocumentKind, Evidence, Person, PersonAct, PersonDocument, PersonIndex, PersonKey
from identity.people.queries import living, selves
from identity.privacy import archive, erasure
from identity.privacy import service as privacy
from identity.privacy.models import RequestType
from identity.privacy.sources import sources
from kernel import sealing
from tests.support.moderated import LOCK, a_scene
from tests.support.people import PURPOSE, READER, a_person, an_agency

NUMBER = "001190000123"


async def joined(session: AsyncSession, kept: UUID, gone: UUID, officers: tuple[UUID, UUID]) -> UUID:
    """The two accounts, merged by two officers; the act."""
    row = await acts.propose_merge(session, kept, gone, proposed_by=officers[0], reference="file 12/2026")
    await acts.decide(session, row.id, approve=True, decided_by=officers[1])
    return row.id


async def parted(session: AsyncSession, merge: UUID, officers: tuple[UUID, UUID]) -> None:
    row = await acts.propose_undoing(session, merge, proposed_by=officers[1], reference="file 13/2026")
    await acts.decide(session, row.id, approve=True, decided_by=officers[0])


async def two(session: AsyncSession) -> tuple[UUID, UUID]:
    return await a_person(session, name="Hòa"), await a_person(session, name="Thu")


async def proved(session: AsyncSession, person: UUID, *, number: str = NUMBER) -> UUID:
    """A document of the person's, as a chip leaves it."""
    ring = await vault.ring_of(session, person)
    assert ring is not None
    paper = json.dumps({"issuer": "VNM", "number": number})
    row = PersonDocument(
        id=new_id(),
        person_id=person,
        kind=DocumentKind.CCCD,
        evidence=Evidence.CHIP,
        original=True,
        issuer="VNM",
        expires_on=date(2040, 1, 1),
        details=ring.seal(paper.encode(), context=vault.context(person, "person_document")),
        signer_fingerprint="0" * 64,
    )
    session.add(row)
    await vault.seal(session, person, {Attribute.IDENTITY_NUMBER: number, Attribute.BIRTH_DATE: "1990-05-02"})
    assert await uniqueness.claim(session, person, uniqueness.citizen(number))
    await session.flush()
    return row.id


async def test_guardians_and_powers_go_along_and_nobody_comes_to_stand_for_themselves(session: AsyncSession) -> None:
    kept, gone, child, minh, anna = [await a_person(session, name=name) for name in ("Lan", "Lan", "Bé", "Minh", "Anna")]
    (await session.get_one(Person, child)).adult_on = clock.now().date() + timedelta(days=900)
    officers = await two(session)
    ward = await wards.ask(session, gone, child, Ground.PARENT, reference="birth certificate")
    await wards.agree(session, ward.id, child)
    until = clock.now() + timedelta(days=30)
    held = await powers.give(session, minh, gone, ["documents.collect"], valid_from=clock.now(), valid_until=until)
    given = await powers.give(session, gone, anna, ["documents.collect"], valid_from=clock.now(), valid_until=until)
    own = await powers.give(session, gone, kept, ["documents.collect"], valid_from=clock.now(), valid_until=until)
    for row, who in ((held, gone), (given, anna), (own, kept)):
        await powers.accept(session, row.id, who)
    merge = await joined(session, kept, gone, officers)
    assert (await acting_for_ward(session, kept, child)).id == child
    assert (await acting_for_delegator(session, kept, minh)).roles == {"documents.collect"}
    assert (await acting_for_delegator(session, anna, kept)).roles == {"documents.collect"}
    with pytest.raises(MandateMissing):
        await acting_for_delegator(session, kept, gone)
    await session.refresh(own)
    assert own.ended_at is not None
    await parted(session, merge, officers)
    assert (await acting_for_ward(session, gone, child)).id == child
    assert (await acting_for_delegator(session, gone, minh)).id == minh
    with pytest.raises(MandateMissing):
        await acting_for_ward(session, kept, child)


async def test_an_administration_one_had_given_the_other_does_not_break_the_merge(session: AsyncSession) -> None:
    kept, gone = await a_person(session), await a_person(session)
    agency = await an_agency(session)
    await mandates.first_administrator(session, agency, kept, confirmed_by=None)
    role = mandates.OrganisationRole.ADMINISTRATOR
    await mandates.grant(session, mandates.NewMandate(agency, gone, role), granted_by=kept)
    await joined(session, kept, gone, await two(session))
    assert (await mandates.acting_for(session, kept, agency)).roles == {"administrator"}


async def test_papers_are_readable_under_the_account_that_has_them(session: AsyncSession) -> None:
    kept, gone = await a_person(session, level=1, phone=False), await a_person(session, name="Lan")
    await vault.seal(session, gone, {Attribute.PHONE: "+84912345678"})
    paper, officers = await proved(session, gone), await two(session)
    merge = await joined(session, kept, gone, officers)
    assert json.loads((await log.open_for_reindexing(session, kept))[f"document:{paper}"])["number"] == NUMBER
    read = await disclosures.read(session, kept, ["birth_date", "identity_number"], READER, PURPOSE)
    assert read == {"birth_date": "1990-05-02", "identity_number": NUMBER}
    assert await log.held(session, kept, ["phone"]) == []  # who somebody is goes along, and no way to reach them
    assert (await session.get_one(Person, kept)).level == 2
    await parted(session, merge, officers)
    assert json.loads((await log.open_for_reindexing(session, gone))[f"document:{paper}"])["number"] == NUMBER
    assert await log.held(session, kept, ["birth_date", "identity_number"]) == []
    assert (await session.get_one(Person, kept)).level == 1


async def test_a_pepper_can_go_after_a_merge_and_the_undoing_after_that_returns_the_number(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bytes(32), bytes([1]) * 32
    monkeypatch.setattr(sealing, "_peppers", lambda: ({"old": first}, "old"))
    async with committed_db.transaction() as session:
        kept, gone = await a_person(session, phone=False), await a_person(session, phone=False)
        officers = await a_person(session, phone=False), await a_person(session, phone=False)
        await proved(session, kept, number="001190000999")
        await proved(session, gone)
        merge = await joined(session, kept, gone, officers)
    monkeypatch.setattr(sealing, "_peppers", lambda: ({"new": second, "old": first}, "new"))
    await reindexing.reindex(committed_db)
    async with committed_db.transaction() as session:
        assert await reindexing.left(session, "old") == 0
        await reindexing.drop(session, "old")
    monkeypatch.setattr(sealing, "_peppers", lambda: ({"new": second}, "new"))
    async with committed_db.transaction() as session:
        assert await uniqueness.holder(session, uniqueness.citizen(NUMBER)) == kept
        await parted(session, merge, officers)
        assert await uniqueness.holder(session, uniqueness.citizen(NUMBER)) == gone
        assert await uniqueness.holder(session, uniqueness.citizen("001190000999")) == kept


@pytest.mark.parametrize(("before", "now_at", "proved_since", "after"), [(2, 1, False, 1), (1, 2, False, 1), (1, 2, True, 2)])
async def test_undoing_raises_nobody_and_lowers_nobody_who_was_proved_since(
    session: AsyncSession, *, before: int, now_at: int, proved_since: bool, after: int
) -> None:
    kept, gone, officers = await a_person(session, level=before), await a_person(session, level=2), await two(session)
    merge = await joined(session, kept, gone, officers)
    await service.set_level(session, kept, now_at, because="test")
    if proved_since:
        with clock.use(clock.FixedClock(clock.now() + timedelta(minutes=1))):
            await proved(session, kept)
    await parted(session, merge, officers)
    assert (await session.get_one(Person, kept)).level == after


async def test_a_document_that_lapsed_meanwhile_holds_nobody_up(session: AsyncSession) -> None:
    kept, gone, officers = await a_person(session), await a_person(session), await two(session)
    paper = await proved(session, gone)
    merge = await joined(session, kept, gone, officers)
    (await session.get_one(PersonDocument, paper)).lapsed_at = clock.now()
    await parted(session, merge, officers)
    assert (await session.get_one(Person, gone)).level == 1


async def test_what_was_decided_of_the_old_account_counts_and_can_be_appealed(db: Database) -> None:
    async with a_scene(db) as scene:
        decision = await scene.decided(LOCK)
        async with db.transaction() as session:
            kept = await a_person(session, name="Lan")
            before = await ladder.history(session, scene.lan)
            assert before.violations_30_days == 1
            await joined(session, kept, scene.lan, await two(session))
            assert await ladder.history(session, kept) == before
            assert [row.owner_id for row in await session.scalars(moderation.statements(kept))] == [scene.lan]
        assert (await scene.mine(kept))["locked"] is True
        appealed = await scene.appeal(decision, kept)
        assert appealed.status_code == 201, appealed.text
        await scene.report(scene.minh)
        assert (await scene.decided(LOCK)) != decision
        assert len((await scene.mine(kept))["statements"]) == 2


async def test_an_officer_is_no_stranger_to_an_account_that_was_theirs(db: Database) -> None:
    async with a_scene(db) as scene:
        assert (await scene.report(scene.minh)).status_code == 201
        async with db.transaction() as session:
            officers = await two(session)
            await joined(session, scene.hoa, scene.lan, officers)
        refused = await scene.claim(await scene.case(), scene.hoa)
        assert (refused.status_code, refused.json()["code"]) == (403, "moderation.own_case")


async def test_erasing_the_one_that_stays_erases_the_one_that_went(session: AsyncSession) -> None:
    kept, gone, officers = await a_person(session), await a_person(session), await two(session)
    await proved(session, gone)
    merge = await joined(session, kept, gone, officers)
    files = await archive.collect(session, kept)
    assert {f"merged-1/{name}.json" for name in sources() if name not in archive.OWN} <= set(files)
    assert await erasure.erase(session, kept)
    keys = dict((await session.execute(select(PersonKey.person_id, PersonKey.wrapped).where(PersonKey.person_id.in_([kept, gone])))).all())
    assert keys == {kept: None, gone: None}
    for table in ("sealed_attribute", "person_document", "person_index"):
        left = text(f"SELECT count(*) FROM identity.{table} WHERE person_id IN (:kept, :gone)")  # noqa: S608 - our own tables
        assert await session.scalar(left, {"kept": kept, "gone": gone}) == 0
    with pytest.raises(ActRefused):
        await acts.propose_undoing(session, merge, proposed_by=officers[0], reference="file")


async def test_merges_follow_each_other_and_are_undone_from_the_last(session: AsyncSession) -> None:
    first, second, third = [await a_person(session) for _ in range(3)]
    officers = await two(session)
    await proved(session, first)
    one = await joined(session, second, first, officers)
    other = await joined(session, third, second, officers)
    assert await living(session, first) == third
    assert set(await session.scalars(selves(third))) == {first, second, third}
    with pytest.raises(ActRefused):
        await acts.propose_undoing(session, one, proposed_by=officers[0], reference="file")
    await parted(session, other, officers)
    assert await uniqueness.holder(session, uniqueness.citizen(NUMBER)) == second
    await parted(session, one, officers)
    assert await uniqueness.holder(session, uniqueness.citizen(NUMBER)) == first


async def test_an_office_taken_up_meanwhile_stops_the_merge(session: AsyncSession) -> None:
    kept, gone, officers = await a_person(session), await a_person(session), await two(session)
    row = await acts.propose_merge(session, kept, gone, proposed_by=officers[0], reference="file")
    session.add(RoleHolding(person_id=gone, role=Role.MODERATOR, granted_by=None, granted_at=clock.now()))
    await session.flush()
    with pytest.raises(ActRefused):
        await acts.decide(session, row.id, approve=True, decided_by=officers[1])


@pytest.mark.parametrize("wish", [RequestType.ERASE, RequestType.ACCESS])
async def test_an_account_that_waits_to_be_erased_or_copied_is_joined_to_none(session: AsyncSession, wish: RequestType) -> None:
    kept, gone, officers = await a_person(session), await a_person(session), await two(session)
    act = (await acts.propose_merge(session, kept, gone, proposed_by=officers[0], reference="file")).id
    asked = (await privacy.file(session, gone, privacy.Asked(wish))).id
    with pytest.raises(ActRefused):
        async with session.begin_nested():
            await acts.decide(session, act, approve=True, decided_by=officers[1])
    await privacy.cancel(session, gone, asked)
    assert (await acts.decide(session, act, approve=True, decided_by=officers[1])).state == "done"
    assert [one.id for one in await session.scalars(privacy.mine(kept))] == [asked]


async def test_a_service_calls_whoever_stays_by_the_name_they_had_there(session: AsyncSession) -> None:
    gone, kept, officers = await a_person(session), await a_person(session), await two(session)
    with clock.use(clock.FixedClock(clock.now() - timedelta(days=1))):
        old = {sector: await pairwise(session, gone, sector) for sector in ("library", "theirs")}
    own = await pairwise(session, kept, "library")
    merge = await joined(session, kept, gone, officers)
    assert await pairwise(session, kept, "library") == own  # though the other account was there before
    assert await pairwise(session, kept, "theirs") == old["theirs"]
    assert [await person_of(session, "library", sub) for sub in (own, old["library"])] == [kept, kept]
    await parted(session, merge, officers)
    assert {sector: await pairwise(session, gone, sector) for sector in old} == old
    assert await pairwise(session, kept, "library") == own


async def test_whoever_holds_the_channels_of_the_closed_account_is_told(session: AsyncSession) -> None:
    kept, gone, officers = await a_person(session), await a_person(session), await two(session)
    await vault.seal(session, gone, {Attribute.PHONE: "+84912345678"})
    merge = await joined(session, kept, gone, officers)
    told = select(OutgoingNotice.kind).where(OutgoingNotice.person_id == gone).order_by(OutgoingNotice.created_at, OutgoingNotice.id)
    assert list(await session.scalars(told)) == ["account_merged"]
    await parted(session, merge, officers)
    assert list(await session.scalars(told)) == ["account_merged", "account_parted"]


async def test_two_decisions_at_once_and_two_merges_crosswise_have_one_effect(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        kept, gone, other = [await a_person(session) for _ in range(3)]
        hoa, thu, anna = [await a_person(session) for _ in range(3)]
        one = (await acts.propose_merge(session, kept, gone, proposed_by=hoa, reference="file")).id
        crosswise = (await acts.propose_merge(session, other, gone, proposed_by=hoa, reference="file")).id

    async def decided(act: UUID, officer: UUID) -> str:
        async with committed_db.transaction() as session:
            return (await acts.decide(session, act, approve=True, decided_by=officer)).state.value

    answers = await asyncio.gather(*(decided(act, who) for act in (one, crosswise) for who in (thu, anna)), return_exceptions=True)
    assert answers.count("done") == 1
    assert all(isinstance(each, (ActNotFound, ActRefused)) for each in answers if each != "done"), answers
    async with committed_db.session() as session:
        done = (await session.scalars(select(PersonAct).where(PersonAct.state == "done"))).all()
        assert len(done) == 1
        assert (await session.get_one(Person, gone)).merged_into == done[0].person_id


async def test_a_merge_that_breaks_off_between_two_lines_has_changed_nothing(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed_db.transaction() as session:
        kept, gone, hoa, thu = [await a_person(session) for _ in range(4)]
        await proved(session, gone)
        act = (await acts.propose_merge(session, kept, gone, proposed_by=hoa, reference="file")).id

    async def breaks(*_: Any, **__: Any) -> None:
        raise ConnectionError("the power went")

    for broken in ((service, "close"), (vault, "lend"), (acts, "record")):
        with monkeypatch.context() as patched:
            patched.setattr(*broken, breaks)
            with pytest.raises(ConnectionError):
                async with committed_db.transaction() as session:
                    await acts.decide(session, act, approve=True, decided_by=thu)
        async with committed_db.session() as session:
            assert (await session.get_one(PersonAct, act)).state == "proposed"
            assert set(await session.scalars(select(PersonIndex.person_id))) == {gone}
            assert (await session.get_one(Person, gone)).state == "active"
    async with committed_db.transaction() as session:
        assert (await acts.decide(session, act, approve=True, decided_by=thu)).state == "done"
