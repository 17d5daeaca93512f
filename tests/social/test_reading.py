"""Feeds, relations, profiles and search."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import event

from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.api import levels
from kernel.reads import HotRead
from social.groups.models import Membership
from social.posts.models import Post
from social.relations.models import Follow
from tests.support.town import Town, a_town


@pytest_asyncio.fixture
async def town(db: Database) -> Town:
    return await a_town(db)


async def test_the_home_feed_holds_ones_own_and_the_followed_newest_first(town: Town) -> None:
    assert (await town.call("Lan", "PUT", f"/v1/people/{town.people['Minh']}/follow")).status_code == 204
    minh, _, lan = await town.write("Minh"), await town.write("Hòa"), await town.write("Lan")
    await town.reply("Minh", minh)
    items = (await town.call("Lan", "GET", "/v1/feed")).json()["items"]
    assert [(item["id"], item["reason"]) for item in items] == [(lan, "own"), (minh, "followed")]
    assert (await town.call("Lan", "DELETE", f"/v1/people/{town.people['Minh']}/follow")).status_code == 204
    assert await town.ids("Lan", "/v1/feed") == [lan]
    assert (await town.call(None, "GET", "/v1/feed")).status_code == 401


async def test_pages_follow_each_other_without_a_gap_or_a_repetition(town: Town, db: Database) -> None:
    authors = [town.people["Minh"], town.people["Hòa"], town.people["Anna"]]
    async with db.transaction() as session:
        session.add_all(Follow(follower_id=town.people["Lan"], followee_id=author) for author in authors)
        written = [new_id() for _ in range(50)]
        session.add_all(
            Post(id=post, author_id=authors[number % 7 % 3], audience="public", body="x", body_search="x", body_folded="x")
            for number, post in enumerate(written)
        )
    expected = [str(post) for post in sorted(written, reverse=True)]
    for path in ("/v1/feed", "/v1/posts"):
        seen, cursor = list[str](), ""
        while True:
            page = (await town.call("Lan", "GET", f"{path}?limit=7{cursor}")).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == expected
    assert (await town.call("Minh", "GET", f"/v1/feed?limit=7{cursor}")).json()["code"] == "paging.cursor_invalid"


async def test_a_block_hides_both_from_each_other_everywhere(town: Town) -> None:
    await town.call("Lan", "PUT", f"/v1/people/{town.people['Minh']}/follow")
    by_minh, by_lan, by_hoa = await town.write("Minh", "chào"), await town.write("Lan", "chào"), await town.write("Hòa", "chào")
    answer = await town.reply("Minh", by_hoa, "chào bác")
    under_lan = await town.reply("Hòa", by_lan, "chào bạn")
    for _ in range(2):
        assert (await town.call("Lan", "PUT", f"/v1/people/{town.people['Minh']}/block")).status_code == 204
    for who, other, gone in (("Lan", "Minh", {by_minh, answer}), ("Minh", "Lan", {by_lan, under_lan})):
        for path in ("/v1/feed", "/v1/posts", "/v1/search/posts?q=chào", f"/v1/posts/{by_hoa}/replies"):
            assert gone.isdisjoint(await town.ids(who, path)), (who, path)
        for post in gone:
            assert (await town.call(who, "GET", f"/v1/posts/{post}")).status_code == 404
            assert (await town.call(who, "POST", f"/v1/posts/{post}/replies", body="Hi")).status_code == 404
        assert (await town.call(who, "GET", f"/v1/people/{town.people[other]}")).status_code == 404
        assert (await town.call(who, "PUT", f"/v1/people/{town.people[other]}/follow")).status_code == 404
    assert {by_minh, by_lan} <= set(await town.ids("Anna", "/v1/posts"))
    await town.call("Lan", "DELETE", f"/v1/people/{town.people['Minh']}/block")
    assert by_minh in await town.ids("Lan", "/v1/posts")
    assert by_minh not in await town.ids("Lan", "/v1/feed")


async def test_a_profile_shows_the_verified_name_and_what_its_person_wrote(town: Town) -> None:
    written = await town.call("Lan", "PUT", "/v1/me/profile", about="Tổ trưởng dân phố")
    assert written.json()["about"] == "Tổ trưởng dân phố"
    await town.call("Minh", "PUT", f"/v1/people/{town.people['Lan']}/follow")
    shown = (await town.call("Minh", "GET", f"/v1/people/{town.people['Lan']}")).json()
    lan = {"id": str(town.people["Lan"]), "name": "Lan", "kind": "resident", "level": 2, "about": "Tổ trưởng dân phố"}
    assert shown == lan | {"followed": True}
    assert (await town.call(None, "GET", f"/v1/people/{town.people['Lan']}")).json() == lan | {"followed": False}
    for what in ("follow", "block"):
        answer = await town.call("Lan", "PUT", f"/v1/people/{town.people['Lan']}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (422, "social.not_yourself")


async def test_search_finds_words_with_and_without_marks_and_prefers_them_as_typed(town: Town) -> None:
    sale, board, friends = [await town.write("Lan", body) for body in ("Bán nhà phố", "Ban quản lý chung cư", "Bạn bè thuý")]
    assert (await town.ids(None, "/v1/search/posts?q=bán"))[0] == sale
    assert set(await town.ids(None, "/v1/search/posts?q=ban")) == {sale, board, friends}
    assert (await town.ids(None, "/v1/search/posts?q=ban"))[0] == board
    assert await town.ids(None, "/v1/search/posts?q=NHÀ") == [sale]
    assert await town.ids(None, "/v1/search/posts?q=thúy") == [friends]
    assert await town.ids(None, '/v1/search/posts?q="quản lý"') == [board]
    assert await town.ids(None, '/v1/search/posts?q="lý quản"') == []
    assert set(await town.ids(None, "/v1/search/posts?q=ban -nha")) == {board, friends}
    for strange in ("'", "\\", '"', "a & | !", "%", "-", ":*"):
        assert (await town.call(None, "GET", f"/v1/search/posts?q={strange.replace('&', '%26').replace('%', '%25')}")).status_code == 200


async def test_search_pages_by_its_own_order(town: Town, db: Database) -> None:
    async with db.transaction() as session:
        bodies = [("bán", "ban")] * 9 + [("ban", "ban")] * 9
        session.add_all(
            Post(author_id=town.people["Lan"], audience="public", body=typed, body_search=typed, body_folded=folded)
            for typed, folded in bodies
        )
    whole = await town.ids(None, "/v1/search/posts?q=bán&limit=50")
    first = (await town.call(None, "GET", "/v1/search/posts?q=bán&limit=7")).json()
    second = await town.ids(None, f"/v1/search/posts?q=bán&limit=7&cursor={first['next']}")
    assert [item["id"] for item in first["items"]] + second == whole[:14]
    assert len(whole) == 18


@contextmanager
def counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Counts the statements of sessions and of hot reads."""
    count: Counter[str] = Counter()
    engine = database._pinned.engine.sync_engine if database._pinned is not None else database.engine.sync_engine

    def session_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SET CONSTRAINTS")):
            count["session"] += 1

    original = HotRead.all

    async def hot(self: HotRead, *arguments: Any, **values: Any) -> Any:
        count["hot"] += 1
        return await original(self, *arguments, **values)

    monkeypatch.setattr(HotRead, "all", hot)
    event.listen(engine, "before_cursor_execute", session_statement)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", session_statement)


@pytest.mark.parametrize(
    ("path", "most"), [("/v1/feed", 4), ("/v1/posts", 4), ("/v1/search/posts?q=x", 4), ("/v1/groups", 3), ("/v1/groups/{open}/posts", 5)]
)
async def test_a_page_costs_the_same_few_questions_however_long_it_is(
    town: Town, db: Database, monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    costs = []
    for _ in range(2):
        async with db.transaction() as session:
            session.add_all(
                Post(author_id=author, group_id=town.groups["open"], audience="public", body="x", body_search="x", body_folded="x")
                for author in town.people.values()
            )
        with counted(db, monkeypatch) as count:
            assert (await town.call("Lan", "GET", path.format(open=town.groups["open"]))).status_code == 200
        costs.append(count.total())
    assert costs[0] == costs[1] <= most


async def test_a_post_to_a_large_group_is_one_row_and_as_many_statements_as_to_a_small_one(
    town: Town, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.join("Lan", "open")
    costs = []
    for size in (3, 300):
        async with db.transaction() as session:
            session.add_all(Membership(person_id=new_id(), group_id=town.groups["open"]) for _ in range(size))
        with counted(db, monkeypatch) as count:
            await town.write("Lan", group_id=str(town.groups["open"]))
        costs.append(count.total())
    assert costs[0] == costs[1]


async def test_a_lapsed_residence_closes_the_ward_group_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.join("Hòa", "closed")
    post = await town.write("Hòa", group_id=str(town.groups["closed"]))
    known = levels.facts

    async def lapsed(session: Any, person_id: UUID) -> levels.Facts:
        return replace(await known(session, person_id), trust_level=2, residence=None)

    monkeypatch.setattr(levels, "facts", lapsed)
    assert (await town.call("Hòa", "GET", f"/v1/groups/{town.groups['closed']}")).status_code == 404
    refused = await town.call("Hòa", "POST", "/v1/posts", body="Hi", group_id=str(town.groups["closed"]))
    assert refused.json()["code"] == "social.group_not_found"
    assert (await town.call("Hòa", "GET", f"/v1/posts/{post}")).status_code == 200
