"""Joining, following and blocking at once, and lists that cost as much for fifty as for one."""

import asyncio

import pytest_asyncio
from sqlalchemy import func, select

from hanoismart.ids import new_id
from hanoismart.server.database import Database
from social.groups.models import Membership
from social.posts.models import Post
from social.relations.models import Block, Follow
from social.relations.service import MOST_BLOCKS
from tests.support.people import a_person
from tests.support.statements import statements
from tests.support.town import Town, a_town


@pytest_asyncio.fixture
async def town(committed_db: Database) -> Town:
    return await a_town(committed_db)


async def _count(database: Database, model: type[Membership] | type[Follow]) -> int:
    async with database.session() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_twenty_joins_and_follows_at_once_are_one(town: Town) -> None:
    join, follow = f"/v1/groups/{town.groups['open']}/join", f"/v1/people/{town.people['Minh']}/follow"
    joined = await asyncio.gather(*(town.call("Lan", "POST", join) for _ in range(20)))
    followed = await asyncio.gather(*(town.call("Lan", "PUT", follow) for _ in range(20)))
    assert {answer.status_code for answer in joined} == {200}
    assert {answer.status_code for answer in followed} <= {204, 429}
    assert [await _count(town.database, model) for model in (Membership, Follow)] == [1, 1]


async def test_nobody_follows_across_a_block_whichever_came_first(town: Town) -> None:
    for _ in range(8):
        async with town.database.transaction() as session:
            follower, blocker = [await a_person(session, name=name) for name in ("Lan", "Minh")]
        people = Town(town.client, town.database, {"a": follower, "b": blocker})
        await asyncio.gather(
            people.call("a", "PUT", f"/v1/people/{blocker}/follow"),
            people.call("b", "PUT", f"/v1/people/{follower}/block"),
            people.call("b", "PUT", f"/v1/people/{follower}/follow"),
        )
        assert await _count(town.database, Follow) == 0


async def test_blocks_have_an_end(town: Town) -> None:
    async with town.database.transaction() as session:
        session.add_all(Block(blocker_id=town.people["Lan"], blocked_id=new_id()) for _ in range(MOST_BLOCKS))
    refused = await town.call("Lan", "PUT", f"/v1/people/{town.people['Minh']}/block")
    assert (refused.status_code, refused.json()["code"]) == (422, "social.too_many_blocks")


async def test_what_was_blocked_shows_nowhere(town: Town) -> None:
    lan, minh = town.people["Lan"], town.people["Minh"]
    post = await town.write("Lan", "Bún chả phố Hàng Mành")
    reply = await town.reply("Minh", post, "Bún chả ngon lắm")
    theirs = await town.write("Minh", "Bún chả Minh nấu")
    assert (await town.call("Lan", "PUT", f"/v1/people/{minh}/block")).status_code == 204
    for who, hidden in (("Lan", {reply, theirs}), ("Minh", {post, reply})):
        for path in ("/v1/posts", "/v1/feed", "/v1/search/posts?q=bún chả"):
            assert not hidden & set(await town.ids(who, path)), (who, path)
    assert await town.ids("Lan", f"/v1/posts/{post}/replies") == []
    assert (await town.call("Minh", "GET", f"/v1/posts/{post}")).status_code == 404
    assert (await town.call("Minh", "GET", f"/v1/posts/{post}/edits")).status_code == 404
    assert (await town.call("Minh", "POST", f"/v1/posts/{post}/replies", body="x")).status_code == 404
    for who, other in (("Lan", minh), ("Minh", lan)):
        assert (await town.call(who, "GET", f"/v1/people/{other}")).status_code == 404
        assert (await town.call(who, "PUT", f"/v1/people/{other}/follow")).status_code == 404


async def test_a_page_of_fifty_costs_the_statements_of_a_page_of_one(town: Town) -> None:
    async with town.database.transaction() as session:
        authors = [await a_person(session, name=f"Người {number}") for number in range(10)]
        root = new_id()
        session.add(Post(id=root, author_id=authors[0], audience="public", body="phở", body_search="phở", body_folded="pho"))
        await session.flush()
        words = {"audience": "public", "body": "phở", "body_search": "phở", "body_folded": "pho"}
        session.add_all(Post(id=new_id(), author_id=authors[n % 10], **words) for n in range(60))
        session.add_all(Post(id=new_id(), author_id=authors[n % 10], parent_id=root, **words) for n in range(60))
        session.add_all(Follow(follower_id=town.people["Lan"], followee_id=author) for author in authors)
    for path in ("/v1/posts", "/v1/feed", "/v1/groups", f"/v1/posts/{root}/replies", "/v1/search/posts?q=phở"):
        joined = "&" if "?" in path else "?"
        costs = []
        for limit in (1, 50):
            await town.ids("Lan", f"{path}{joined}limit={limit}")
            with statements(town.database) as said:
                await town.ids("Lan", f"{path}{joined}limit={limit}")
            costs.append(len(said))
        assert costs[0] == costs[1] <= 8, path
