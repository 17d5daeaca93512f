"""Who may write where, and what becomes of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import select

from hanoismart import clock
from hanoismart.server.database import Database
from kernel.models import EventRow
from social.moderation.kind import POSTS
from tests.support.town import Town, a_town


@pytest_asyncio.fixture
async def town(db: Database) -> Town:
    return await a_town(db)


async def refusal(town: Town, who: str | None, method: str, path: str, **body: object) -> tuple[int, str]:
    answer = await town.call(who, method, path, **body)
    return answer.status_code, answer.json()["code"]


async def test_a_resident_joins_the_ward_and_writes_there_and_everybody_reads(town: Town) -> None:
    await town.join("Lan", "ward")
    written = await town.call("Lan", "POST", "/v1/posts", body="Cống ngập ở ngõ 5", group_id=str(town.groups["ward"]))
    post = written.json()
    assert post["author"] == {"id": str(town.people["Lan"]), "name": "Lan", "kind": "resident", "level": 2}
    for reader in ("Minh", "Hòa", "Anna", "Thu", None):
        assert await town.ids(reader, f"/v1/groups/{town.groups['ward']}/posts") == [post["id"]]
        assert (await town.call(reader, "GET", f"/v1/posts/{post['id']}")).json()["body"] == "Cống ngập ở ngõ 5"


async def test_a_tourist_is_told_that_the_ward_is_its_residents(town: Town) -> None:
    group = str(town.groups["ward"])
    for who in ("Anna", "Hòa"):
        assert await refusal(town, who, "POST", f"/v1/groups/{group}/join") == (403, "social.residents_only")
        assert await refusal(town, who, "POST", "/v1/posts", body="Hello", group_id=group) == (403, "social.residents_only")


async def test_a_tourist_does_not_learn_of_a_closed_ward_group(town: Town) -> None:
    group = str(town.groups["closed"])
    for who in ("Anna", "Lan", "Thu"):
        assert await refusal(town, who, "POST", f"/v1/groups/{group}/join") == (404, "social.group_not_found")
        assert await refusal(town, who, "POST", "/v1/posts", body="Hello", group_id=group) == (404, "social.group_not_found")
        assert await refusal(town, who, "GET", f"/v1/groups/{group}") == (404, "social.group_not_found")
        assert await refusal(town, who, "GET", f"/v1/groups/{group}/posts") == (404, "social.group_not_found")
        assert group not in await town.ids(who, "/v1/groups")
    assert group in await town.ids("Hòa", "/v1/groups")
    await town.join("Hòa", "closed")
    post = await town.write("Hòa", group_id=group)
    assert await refusal(town, "Lan", "GET", f"/v1/posts/{post}") == (404, "social.post_not_found")
    assert await refusal(town, "Lan", "POST", f"/v1/posts/{post}/replies", body="Hi") == (404, "social.post_not_found")


async def test_writing_needs_a_proved_telephone_and_interests_a_proved_identity(town: Town) -> None:
    assert await refusal(town, "Thu", "POST", "/v1/posts", body="Hi") == (403, "social.trust_needed")
    assert await refusal(town, "Thu", "POST", f"/v1/groups/{town.groups['open']}/join") == (403, "social.trust_needed")
    assert await refusal(town, "Anna", "POST", f"/v1/groups/{town.groups['chess']}/join") == (404, "social.group_not_found")
    assert await refusal(town, "Anna", "POST", "/v1/posts", body="Hi", audience="residents") == (403, "social.trust_needed")
    assert await refusal(town, "Anna", "POST", "/v1/posts", body="Hi", group_id=str(town.groups["open"])) == (403, "social.members_only")
    await town.join("Anna", "open")
    await town.write("Anna", group_id=str(town.groups["open"]))
    assert await refusal(town, None, "POST", "/v1/posts", body="Hi") == (401, "access.sign_in_required")


async def test_leaving_a_group_ends_writing_and_reading_there(town: Town) -> None:
    await town.join("Hòa", "closed")
    await town.join("Lan", "chess")
    post = await town.write("Lan", group_id=str(town.groups["chess"]))
    for _ in range(2):
        assert (await town.call("Lan", "DELETE", f"/v1/groups/{town.groups['chess']}/membership")).status_code == 204
    assert (await town.call("Hòa", "GET", f"/v1/posts/{post}")).status_code == 404
    assert (await town.call("Lan", "GET", f"/v1/posts/{post}")).status_code == 200
    assert await refusal(town, "Lan", "POST", "/v1/posts", body="Hi", group_id=str(town.groups["chess"])) == (403, "social.members_only")


async def test_an_answer_stands_in_the_thread_and_tells_the_other(town: Town) -> None:
    post = await town.write("Lan")
    first = await town.reply("Minh", post)
    second = await town.reply("Hòa", first)
    await town.reply("Lan", post)
    thread = (await town.call(None, "GET", f"/v1/posts/{post}/replies?limit=2")).json()
    assert [item["id"] for item in thread["items"]] == [first, second]
    assert thread["items"][1]["parent_id"] == post
    assert len(await town.ids(None, f"/v1/posts/{post}/replies?limit=2&cursor={thread['next']}")) == 1
    async with town.database.session() as session:
        rows = (await session.scalars(select(EventRow).where(EventRow.name == "social.replied").order_by(EventRow.id))).all()
    assert [(row.payload["reply_id"], row.payload["to_person_id"]) for row in rows] == [
        (first, str(town.people["Lan"])),
        (second, str(town.people["Minh"])),
    ]


async def test_an_edit_keeps_what_was_said_and_only_the_author_may(town: Town) -> None:
    post = await town.write("Lan", "Cống ngập")
    assert await refusal(town, "Minh", "PATCH", f"/v1/posts/{post}", body="Không phải tôi") == (403, "social.not_the_author")
    changed = (await town.call("Lan", "PATCH", f"/v1/posts/{post}", body="Cống đã thông")).json()
    assert changed["body"] == "Cống đã thông"
    assert changed["edited_at"] is not None
    assert [item["body"] for item in (await town.call(None, "GET", f"/v1/posts/{post}/edits")).json()["items"]] == ["Cống ngập"]
    assert await town.ids(None, "/v1/search/posts?q=thông") == [post]
    assert await town.ids(None, "/v1/search/posts?q=ngập") == []


async def test_what_is_deleted_is_gone_with_its_answers_for_everybody(town: Town) -> None:
    post = await town.write("Lan")
    answer = await town.reply("Minh", post)
    assert await refusal(town, "Minh", "DELETE", f"/v1/posts/{post}") == (403, "social.not_the_author")
    assert (await town.call("Lan", "DELETE", f"/v1/posts/{post}")).status_code == 204
    for reader in ("Lan", "Minh", None):
        for path in (f"/v1/posts/{post}", f"/v1/posts/{answer}", f"/v1/posts/{post}/replies", f"/v1/posts/{post}/edits"):
            assert (await town.call(reader, "GET", path)).status_code == 404
    assert await refusal(town, "Lan", "DELETE", f"/v1/posts/{post}") == (404, "social.post_not_found")
    assert await refusal(town, "Lan", "PATCH", f"/v1/posts/{post}", body="x") == (404, "social.post_not_found")


async def test_budgets_are_rows_and_are_used_up(town: Town) -> None:
    with clock.use(clock.FixedClock(datetime(2026, 11, 2, 3, tzinfo=UTC))) as time:
        for _ in range(5):
            await town.write("Lan")
        answer = await town.call("Lan", "POST", "/v1/posts", body="Thêm một bài")
        assert (answer.status_code, answer.json()["code"]) == (429, "limits.too_many")
        assert int(answer.headers["retry-after"]) <= 61
        await town.write("Minh")
        time.advance(timedelta(minutes=1))
        await town.write("Lan")


@pytest.mark.parametrize("body", ["", " ", "x" * 5_001, "a\x07b", "a\u0000b"])
async def test_a_body_that_cannot_be_read_is_refused(town: Town, body: str) -> None:
    assert (await town.call("Lan", "POST", "/v1/posts", body=body)).status_code in {400, 422}


async def test_a_body_is_kept_in_one_unicode_form(town: Town) -> None:
    post = await town.write("Lan", "Tie\u0302\u0301ng Vie\u0323\u0302t\r\nhai dòng")
    assert (await town.call(None, "GET", f"/v1/posts/{post}")).json()["body"] == "Tiếng Việt\nhai dòng"


async def test_a_hidden_post_is_seen_by_its_author_alone_until_it_is_shown_again(town: Town) -> None:
    post = await town.write("Lan", "Bán nhà gấp")
    async with town.database.transaction() as session:
        assert await POSTS.snapshot(session, UUID(post), visible_for=town.people["Minh"]) is not None
        for _ in range(2):
            await POSTS.hide(session, UUID(post))
        assert await POSTS.snapshot(session, UUID(post), visible_for=town.people["Minh"]) is None
        assert await POSTS.snapshot(session, UUID(post)) is not None
        events = (await session.scalars(select(EventRow).where(EventRow.name == "social.post_hidden"))).all()
    assert [row.payload for row in events] == [{"post_id": post, "owner_id": str(town.people["Lan"])}]
    assert (await town.call("Lan", "GET", f"/v1/posts/{post}")).json()["state"] == "hidden"
    assert (await town.call("Minh", "GET", f"/v1/posts/{post}")).status_code == 404
    for path in ("/v1/posts", "/v1/search/posts?q=nhà", "/v1/feed"):
        assert await town.ids("Lan", path) == []
    async with town.database.transaction() as session:
        await POSTS.show(session, UUID(post))
    assert (await town.call("Minh", "GET", f"/v1/posts/{post}")).json()["state"] == "visible"


async def test_a_socially_locked_person_reads_and_does_not_write(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(_session: object, person_id: object) -> bool:
        return person_id == town.people["Lan"]

    post = await town.write("Lan")
    monkeypatch.setattr("identity.api.moderation.locked", locked)
    for method, path in (("POST", "/v1/posts"), ("POST", f"/v1/posts/{post}/replies"), ("PATCH", f"/v1/posts/{post}")):
        assert await refusal(town, "Lan", method, path, body="Hi") == (403, "social.locked")
    assert await refusal(town, "Lan", "POST", f"/v1/groups/{town.groups['ward']}/join") == (403, "social.locked")
    assert await town.ids("Lan", "/v1/posts") == [post]


async def test_what_is_not_there_is_not_found(town: Town) -> None:
    nothing = uuid4()
    for method, path in (
        ("GET", f"/v1/posts/{nothing}"),
        ("GET", f"/v1/posts/{nothing}/replies"),
        ("GET", f"/v1/groups/{nothing}"),
        ("GET", f"/v1/groups/{nothing}/posts"),
        ("GET", f"/v1/people/{nothing}"),
        ("PUT", f"/v1/people/{nothing}/follow"),
        ("PUT", f"/v1/people/{nothing}/block"),
        ("POST", f"/v1/groups/{nothing}/join"),
    ):
        assert (await town.call("Lan", method, path)).status_code == 404, path
