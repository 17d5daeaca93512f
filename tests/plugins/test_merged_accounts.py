"""Two accounts of one person become one: apps, what they keep, grants, numbers and ratings go along, count once, and go back."""

from uuid import UUID

from sqlalchemy import select

from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.people import service as people
from identity.people.models import Closing, Person, PersonState
from plugins.api import privacy, reactions
from plugins.grants import service as grants
from plugins.grants.models import NotificationGrant
from plugins.launch.models import PersonNumber
from plugins.mine.models import CarriedOver
from plugins.ratings.models import Rating
from plugins.registry.models import MiniApp, OpenedApp
from plugins.storage import service as storage
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person

OTHER = "vn.hanoi.buses"


async def used(database: Database, person: UUID, app: str, *, stars: int | None = None, **stored: str) -> None:
    """The person opened the app, which keeps something of theirs."""
    async with database.transaction() as session:
        row = OpenedApp(person_id=person, app_id=app, declined={}, favourite=True, first_opened_at=now(), last_opened_at=now())
        session.add(row)
        await session.flush()
        if stored:
            await storage.write(session, app, person, stored)
        if stars:
            session.add(Rating(app_id=app, person_id=person, stars=stars, words="Tốt", version_code=1, edited_at=now()))


async def two_accounts(hub: SmallHub) -> tuple[UUID, UUID]:
    async with hub.database.transaction() as session:
        await installed(session, manifest())
        await installed(session, manifest() | {"app_id": OTHER})
        kept, gone = await a_person(session, name="Lan"), await a_person(session, name="Lan")
        session.add(PersonNumber(person_id=gone, sector="vn.hanoi", number=4711))
        session.add(NotificationGrant(person_id=gone, app_id=APP, template="ready", open=2, given_at=now()))
    await used(hub.database, gone, APP, stars=5, theme="dark", ticket="7")
    await used(hub.database, gone, OTHER, stars=1, line="09")
    await used(hub.database, kept, OTHER, stars=4, line="32")
    return kept, gone


async def merged(hub: SmallHub, kept: UUID, gone: UUID) -> None:
    async with hub.database.transaction() as session:
        await people.close(session, gone, Closing.MERGED, merged_into=kept)
    for _ in range(2):  # an event may come twice
        async with hub.database.transaction() as session:
            await reactions.carry_over(session, gone, kept)


async def parted(hub: SmallHub, kept: UUID, gone: UUID) -> None:
    async with hub.database.transaction() as session:
        row = await session.get_one(Person, gone)
        row.state, row.closed_at, row.closed_because, row.merged_into = PersonState.ACTIVE, None, None, None
    for _ in range(2):
        async with hub.database.transaction() as session:
            await reactions.bring_back(session, gone, kept)


async def kept_of(database: Database, person: UUID, app: str) -> dict[str, object]:
    async with database.session() as session:
        return await storage.read(session, app, person, (await storage.info(session, app, person)).keys)


async def ratings(database: Database) -> dict[str, tuple[int, int]]:
    async with database.session() as session:
        rows = await session.execute(select(MiniApp.app_id, MiniApp.rating_count, MiniApp.rating_sum))
        return {app: (count, total) for app, count, total in rows}


async def test_what_was_used_goes_along_and_back(hub: SmallHub) -> None:
    kept, gone = await two_accounts(hub)
    await merged(hub, kept, gone)
    await hub.signed_in(person_id=kept)
    mine = (await hub.client.get("/v1/me/miniapps")).json()["items"]
    assert {(one["app_id"], one["favourite"]) for one in mine} == {(APP, True), (OTHER, True)}
    assert (await hub.client.get(f"/v1/miniapps/{APP}/storage", params={"key": ["ticket"]})).json()["values"] == {"ticket": "7"}
    assert await kept_of(hub.database, kept, OTHER) == {"line": "32"}  # what two accounts kept is never mixed
    async with hub.database.session() as session:
        assert [row.open for row in await grants.opened(session, APP, kept)] == [2]
        assert await session.scalar(select(PersonNumber.person_id)) == kept
    await parted(hub, kept, gone)
    assert await kept_of(hub.database, gone, APP) == {"theme": "dark", "ticket": "7"}
    assert await kept_of(hub.database, gone, OTHER) == {"line": "09"}
    assert await kept_of(hub.database, kept, APP) == {}
    async with hub.database.session() as session:
        assert set(await session.scalars(select(OpenedApp.app_id).where(OpenedApp.person_id == kept))) == {OTHER}
        assert set(await session.scalars(select(OpenedApp.app_id).where(OpenedApp.person_id == gone))) == {APP, OTHER}
        assert (await grants.opened(session, APP, kept), await session.scalar(select(PersonNumber.person_id))) == ([], gone)


async def test_one_person_has_one_voice(hub: SmallHub) -> None:
    kept, gone = await two_accounts(hub)
    await merged(hub, kept, gone)
    assert (await ratings(hub.database))[OTHER] == (1, 4)
    async with hub.database.session() as session:
        held = (await session.scalars(select(Rating).where(Rating.person_id == kept))).all()
        before = {row.id: (row.app_id, row.stars, row.words, row.edited_at) for row in held}
    assert {(app, stars) for app, stars, *_ in before.values()} == {(APP, 5), (OTHER, 4)}
    await parted(hub, kept, gone)
    assert (await ratings(hub.database))[OTHER] == (2, 5)
    async with hub.database.session() as session:
        back = (await session.scalars(select(Rating).where(Rating.person_id == gone).order_by(Rating.app_id))).all()
    assert [(row.app_id, row.stars, row.words) for row in back] == [(OTHER, 1, "Tốt"), (APP, 5, "Tốt")]


async def test_a_late_event_carries_nothing_to_a_stranger(hub: SmallHub) -> None:
    kept, gone = await two_accounts(hub)
    async with hub.database.transaction() as session:
        await reactions.bring_back(session, gone, kept)
        await reactions.carry_over(session, gone, kept)  # the merge was undone before this was heard
    assert await kept_of(hub.database, kept, APP) == {}
    async with hub.database.session() as session:
        assert await session.scalar(select(CarriedOver.id)) is None


async def test_an_erasure_leaves_no_way_back(hub: SmallHub) -> None:
    kept, gone = await two_accounts(hub)
    await merged(hub, kept, gone)
    async with hub.database.transaction() as session:
        for person in (kept, gone):
            await privacy.erase(session, person)
    async with hub.database.session() as session:
        assert await session.scalar(select(CarriedOver.id)) is None
    await parted(hub, kept, gone)
    assert await kept_of(hub.database, gone, APP) == {}
