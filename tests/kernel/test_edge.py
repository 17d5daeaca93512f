"""The edge: an answer leaves after its commit, refusals undo or keep, bad input is refused before anything runs."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.server.audience import Anyone
from hanoismart.server.database import Database
from hanoismart.server.edge import Session
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out
from hanoismart.text import Text
from kernel.access import Client, Person, Staff
from kernel.models import EventRow
from tests.support.apps import served

router = Router(tags=["probe"])


class NoteIn(In):
    name: Line


class NoteOut(Out):
    name: str


class Undone(Problem):
    code = "test.undone"
    status = 409
    title = Text(vi="Hoàn tác", en="Undone")


class Kept(Problem):
    code = "test.kept"
    status = 409
    title = Text(vi="Giữ lại", en="Kept")
    keep = True


async def _write(session: Session, name: str) -> None:
    session.add(EventRow(name=name, payload={}, occurred_at=now()))
    await session.flush()


@router.post("/v1/notes", audience=Anyone(), status_code=201, response_model=NoteOut)
async def write(body: NoteIn, session: Session) -> NoteOut:
    await _write(session, body.name)
    return NoteOut(name=body.name)


@router.post("/v1/undone", audience=Anyone(), problems=[Undone])
async def undone(session: Session) -> None:
    await _write(session, "undone")
    raise Undone


@router.post("/v1/kept", audience=Anyone(), problems=[Kept])
async def kept(session: Session) -> None:
    await _write(session, "kept")
    raise Kept


@router.post("/v1/broken", audience=Anyone())
async def broken(session: Session) -> None:
    await _write(session, "broken")
    raise ZeroDivisionError("Nguyễn Thị Lan 001188000001")


@router.get("/v1/notes", audience=Anyone(), response_model=ListOut[NoteOut])
async def notes(session: Session, page: Paging) -> Page[Any]:
    return await paginate(session, select(EventRow), [EventRow.occurred_at, EventRow.id], page)


@router.get("/v1/signed-in", audience=Person())
async def signed_in() -> None: ...


@router.get("/v1/strong", audience=Person(acr=2))
async def strong() -> None: ...


@router.get("/v1/backend", audience=Client("notify"))
async def backend() -> None: ...


@router.get("/v1/staff", audience=Staff("test.read"))
async def staff(session: Session) -> None: ...


async def _names(database: Database) -> list[str]:
    async with database.session() as session:
        return list(await session.scalars(select(EventRow.name).order_by(EventRow.occurred_at)))


async def test_a_201_is_never_a_lie(committed_db: Database) -> None:
    async with served(committed_db, [router]) as hub:
        answer = await hub.client.post("/v1/notes", json={"name": "một"})
        assert answer.status_code == 201
        assert await _names(committed_db) == ["một"]


async def test_a_commit_that_fails_is_not_answered_201(committed_db: Database) -> None:
    """The constraint is deferred to the commit; the answer must not have left before."""
    async with committed_db.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "CREATE FUNCTION kernel.never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'never'; END $$"
        )
        await connection.exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER never AFTER INSERT ON kernel.event DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION kernel.never()"
        )
    async with served(committed_db, [router]) as hub:
        answer = await hub.client.post("/v1/notes", json={"name": "một"})
        assert answer.status_code == 500
        assert answer.json()["code"] == "service.unexpected"


async def test_a_refusal_undoes_unless_its_trace_must_stay(db: Database) -> None:
    async with served(db, [router]) as hub:
        assert (await hub.client.post("/v1/undone")).json()["code"] == "test.undone"
        assert await _names(db) == []
        assert (await hub.client.post("/v1/kept")).json()["code"] == "test.kept"
        assert await _names(db) == ["kept"]


async def test_an_unexpected_failure_tells_nothing_and_keeps_nothing(db: Database) -> None:
    async with served(db, [router]) as hub:
        answer = await hub.client.post("/v1/broken", headers={"Accept-Language": "en"})
        assert answer.status_code == 500
        assert "Lan" not in answer.text
        assert await _names(db) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "request.malformed"),
        (b'{"name": NaN}', "request.malformed"),
        (b"[" * 100_000, "request.malformed"),
        (b'{"name": "a\\u0000b"}', "request.malformed"),
        (b'{"name": "\xff\xfe"}', "request.malformed"),
        (b'{"name": 5}', "request.invalid"),
        (b'{"name": "a", "other": 1}', "request.invalid"),
        (b"[]", "request.invalid"),
        (b"null", "request.invalid"),
        (b"", "request.invalid"),
        (b'{"name": ""}', "request.invalid"),
        (b'{"name": "' + b"a" * 201 + b'"}', "request.invalid"),
    ],
)
async def test_hostile_bodies_are_refused_by_name(db: Database, body: bytes, code: str) -> None:
    async with served(db, [router]) as hub:
        answer = await hub.client.post("/v1/notes", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) in {(400, code), (422, code)}
        assert await _names(db) == []


@pytest.mark.parametrize("body", [b'{"name": "a\\u0000b"}', b'{"name": "a\\ud800b"}', b'{"name": NaN}'])
@pytest.mark.parametrize("written", ["Application/JSON", "application/merge-patch+JSON; charset=utf-8"])
async def test_json_is_read_strictly_however_its_name_is_written(db: Database, body: bytes, written: str) -> None:
    async with served(db, [router]) as hub:
        answer = await hub.client.post("/v1/notes", content=body, headers={"Content-Type": written})
        assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


async def test_an_escaped_backslash_before_u0000_is_only_text(db: Database) -> None:
    async with served(db, [router]) as hub:
        answer = await hub.client.post("/v1/notes", content=b'{"name": "a\\\\u0000"}', headers={"Content-Type": "application/json"})
        assert answer.status_code == 201


@pytest.mark.parametrize("declared", [True, False])
async def test_ten_megabytes_are_refused_declared_or_not(db: Database, declared: bool) -> None:
    async def chunks() -> Any:
        for _ in range(160):
            yield b" " * 65_536

    content: Any = b" " * 10_485_760 if declared else chunks()
    async with served(db, [router]) as hub:
        answer = await hub.client.post("/v1/notes", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (413, "request.body_too_large")


@pytest.mark.parametrize(
    "path", ["/v1/notes/%00", "/v1/notes?cursor=%00", "/v1/notes?limit=0", "/v1/notes?limit=nine", "/v1/notes?cursor=abc"]
)
async def test_hostile_paths_and_queries_are_refused(db: Database, path: str) -> None:
    async with served(db, [router]) as hub:
        answer = await hub.client.get(path)
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"


async def test_refusals_speak_the_callers_language(db: Database) -> None:
    async with served(db, [router]) as hub:
        assert (await hub.client.post("/v1/undone")).json()["title"] == "Hoàn tác"
        assert (await hub.client.post("/v1/undone", headers={"Accept-Language": "fr, en;q=0.5"})).json()["title"] == "Undone"


async def test_every_answer_has_an_id_and_the_security_headers(db: Database) -> None:
    async with served(db, [router]) as hub:
        answer = await hub.client.get("/v1/nowhere", headers={"X-Request-Id": "chosen-by-caller"})
        assert answer.json()["instance"] == answer.headers["x-request-id"] != "chosen-by-caller"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_audiences_admit_whom_they_name(db: Database) -> None:
    from uuid import uuid4

    async with served(db, [router]) as hub:
        statuses = {path: (await hub.client.get(path)).status_code for path in ("/v1/signed-in", "/v1/backend", "/v1/staff")}
        assert statuses == {"/v1/signed-in": 401, "/v1/backend": 401, "/v1/staff": 401}
        hub.caller.person(uuid4(), acr=1)
        assert (await hub.client.get("/v1/signed-in")).status_code == 200
        stepped = await hub.client.get("/v1/strong")
        assert stepped.json()["code"] == "access.step_up_required"
        assert 'error="insufficient_user_authentication"' in stepped.headers["www-authenticate"]
        hub.caller.person(uuid4(), acr=2)
        assert (await hub.client.get("/v1/staff")).json()["code"] == "access.not_allowed"
        hub.caller.person(uuid4(), acr=2, permissions=["test.read"])
        assert (await hub.client.get("/v1/staff")).status_code == 200
        assert (await hub.client.get("/v1/backend")).status_code == 401
        hub.caller.client("vn.hanoi.parking", scopes=["pay"])
        assert (await hub.client.get("/v1/backend")).json()["code"] == "access.scope_missing"
        hub.caller.client("vn.hanoi.parking", scopes=["notify"])
        assert (await hub.client.get("/v1/backend")).status_code == 200


async def test_a_route_without_an_audience_cannot_be_made() -> None:
    with pytest.raises(TypeError):
        Router().add_api_route("/v1/x", signed_in)


async def test_pages_follow_one_another_and_cursors_fit_only_their_list(db: Database) -> None:
    async with served(db, [router]) as hub:
        for number in range(5):
            await hub.client.post("/v1/notes", json={"name": f"note {number}"})
        first = (await hub.client.get("/v1/notes?limit=2")).json()
        second = (await hub.client.get("/v1/notes", params={"limit": 2, "cursor": first["next"]})).json()
        third = (await hub.client.get("/v1/notes", params={"limit": 2, "cursor": second["next"]})).json()
        names = [item["name"] for page in (first, second, third) for item in page["items"]]
        assert names == [f"note {number}" for number in (4, 3, 2, 1, 0)]
        assert third["next"] is None
        foreign = await hub.client.get("/v1/notes", params={"cursor": first["next"], "filter": "other"})
        assert foreign.json()["code"] == "paging.cursor_invalid"
        forged = first["next"][:-2] + ("AA" if first["next"][-2:] != "AA" else "BB")
        assert (await hub.client.get("/v1/notes", params={"cursor": forged})).json()["code"] == "paging.cursor_invalid"


async def test_a_retried_post_gets_the_first_answer_and_one_effect(committed_db: Database) -> None:
    async with served(committed_db, [router]) as hub:
        hub.caller.person(new_id())
        headers = {"Idempotency-Key": "9f0c"}
        first = await hub.client.post("/v1/notes", json={"name": "một"}, headers=headers)
        again = await hub.client.post("/v1/notes", json={"name": "một"}, headers=headers)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        assert await _names(committed_db) == ["một"]
        other = await hub.client.post("/v1/notes", json={"name": "hai"}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


async def test_a_length_of_a_thousand_digits_is_no_length(db: Database) -> None:
    async with served(db, [router]) as hub:
        request = hub.client.build_request("POST", "/v1/notes", content=b"{}")
        request.headers["content-length"] = "9" * 5_000
        assert (await hub.client.send(request)).json()["code"] == "request.length_invalid"


async def test_a_key_says_nothing_about_who_asks(db: Database) -> None:
    """Two people without a token who chose the same key are two people: what they sent tells them apart."""
    async with served(db, [router]) as hub:
        headers = {"Idempotency-Key": "1"}
        answers = [await hub.client.post("/v1/notes", json={"name": name}, headers=headers) for name in ("một", "hai", "một")]
        assert [answer.json()["name"] for answer in answers] == ["một", "hai", "một"]
        assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, None, "true"]
        secret = await hub.client.post("/v1/notes", json={"name": "một"}, headers=headers | {"Proofing-Secret": "s"})
        assert "idempotency-replayed" not in secret.headers


async def test_twenty_equal_posts_at_once_have_one_effect(committed_db: Database) -> None:
    async with served(committed_db, [router]) as hub:
        posts = [hub.client.post("/v1/notes", json={"name": "một"}, headers={"Idempotency-Key": "at-once"}) for _ in range(20)]
        answers = await asyncio.gather(*posts)
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert await _names(committed_db) == ["một"]


async def test_a_refused_post_may_be_tried_again_with_its_key(db: Database) -> None:
    async with served(db, [router]) as hub:
        headers = {"Idempotency-Key": "k"}
        assert (await hub.client.post("/v1/undone", headers=headers)).status_code == 409
        again = await hub.client.post("/v1/undone", headers=headers)
        assert again.json()["code"] == "test.undone"
