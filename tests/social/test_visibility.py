"""No endpoint returns a row the policy denies: a world drawn at random, an oracle in plain Python, every list of the social layer."""

import itertools
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from hanoismart.ids import new_id
from hanoismart.server.database import Database
from social.groups.models import Membership
from social.posts.models import Audience, Post, PostState
from social.relations.models import Block, Follow
from tests.support.town import Town, a_town

PEOPLE = ("Lan", "Minh", "Hòa", "Anna", "Thu")
READERS = (*PEOPLE, None)
WARD_OF = {"Lan": "ward", "Minh": "ward", "Hòa": "closed"}
RESIDENTS = frozenset(WARD_OF)


@dataclass(frozen=True, slots=True)
class Written:
    author: str
    audience: Audience
    state: PostState
    group: str | None
    parent: int | None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class World:
    posts: list[Written]
    blocks: set[tuple[str, str]]
    members: set[tuple[str, str]]

    def between(self, one: str | None, other: str) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def inside(self, who: str | None, group: str | None) -> bool:
        """A membership in a ward counts for its residents only."""
        if (who, group) not in self.members:
            return False
        return group not in {"ward", "closed"} or (who is not None and WARD_OF.get(who) == group)

    def may_see(self, who: str | None, post: Written) -> bool:
        if post.state is PostState.DELETED or (post.state is PostState.HIDDEN and post.author != who) or self.between(who, post.author):
            return False
        if post.parent is not None:
            root = self.posts[post.parent]
            if root.state is not PostState.VISIBLE or self.between(who, root.author):
                return False
        if post.audience is Audience.PUBLIC or post.author == who:
            return True
        return who in RESIDENTS if post.audience is Audience.RESIDENTS else self.inside(who, post.group)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    people, groups = st.sampled_from(PEOPLE), st.sampled_from(["ward", "closed", "open", "chess"])
    states = st.sampled_from([PostState.VISIBLE] * 4 + [PostState.HIDDEN, PostState.DELETED])
    posts: list[Written] = []
    for _ in range(draw(st.integers(3, 10))):
        roots = [number for number, post in enumerate(posts) if post.parent is None]
        parent = draw(st.none() | st.sampled_from(roots)) if roots else None
        if parent is not None:
            posts.append(Written(draw(people), posts[parent].audience, draw(states), posts[parent].group, parent))
            continue
        group = draw(st.none() | groups)
        audience = draw(st.sampled_from(list(Audience) if group else [Audience.PUBLIC, Audience.RESIDENTS]))
        posts.append(Written(draw(people), audience, draw(states), group, None))
    pairs = st.tuples(people, people).filter(lambda pair: pair[0] != pair[1])
    return World(posts, draw(st.sets(pairs, max_size=3)), draw(st.sets(st.tuples(people, groups), max_size=8)))


async def build(town: Town, world: World) -> None:
    async with town.database.transaction() as session:
        for table in (Block, Membership, Follow):
            await session.execute(delete(table))
        await session.execute(delete(Post).where(Post.parent_id.is_not(None)))
        await session.execute(delete(Post))
        people = town.people
        session.add_all(Block(blocker_id=people[one], blocked_id=people[other]) for one, other in world.blocks)
        session.add_all(Membership(person_id=people[who], group_id=town.groups[group]) for who, group in world.members)
        session.add_all(Follow(follower_id=people[one], followee_id=people[other]) for one, other in itertools.permutations(people, 2))
        for post in world.posts:
            session.add(
                Post(
                    id=post.id,
                    author_id=people[post.author],
                    group_id=town.groups[post.group] if post.group else None,
                    parent_id=None if post.parent is None else world.posts[post.parent].id,
                    audience=post.audience,
                    state=post.state,
                    body="chào",
                    body_search="chào",
                    body_folded="chao",
                )
            )
            await session.flush()


async def listed(town: Town, who: str | None, path: str) -> set[str] | None:
    answer = await town.call(who, "GET", f"{path}{'&' if '?' in path else '?'}limit=100")
    return None if answer.status_code in {401, 404} else {item["id"] for item in answer.json()["items"]}


async def check(town: Town, world: World, who: str | None) -> None:
    seen = {str(post.id): post for post in world.posts if world.may_see(who, post)}
    roots = {key for key, post in seen.items() if post.parent is None and post.state is PostState.VISIBLE}
    standing = {key for key, post in seen.items() if post.state is PostState.VISIBLE}
    assert await listed(town, who, "/v1/posts") == {key for key in roots if seen[key].audience is Audience.PUBLIC}
    assert await listed(town, who, "/v1/search/posts?q=chao") == standing
    assert await listed(town, who, "/v1/feed") == (None if who is None else roots)
    for group, group_id in town.groups.items():
        timeline = await listed(town, who, f"/v1/groups/{group_id}/posts")
        assert timeline is None or timeline == {key for key in roots if seen[key].group == group}
    for number, post in enumerate(world.posts):
        answer = await town.call(who, "GET", f"/v1/posts/{post.id}")
        assert answer.status_code == (200 if str(post.id) in seen else 404)
        thread = await listed(town, who, f"/v1/posts/{post.id}/replies")
        answers = {key for key in standing if seen[key].parent == number}
        assert thread == (answers if str(post.id) in seen else None)


async def test_nothing_reaches_a_reader_the_policy_denies_and_nothing_else_is_missing(db: Database) -> None:
    town = await a_town(db)
    drawn: list[World] = []

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(worlds())
    def draw(world: World) -> None:
        drawn.append(world)

    draw()
    for world in drawn:
        await build(town, world)
        for who in READERS:
            await check(town, world, who)
