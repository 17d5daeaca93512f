"""A support officer's day through the API alone: report, triage, case, personal data, decision, thread, appeal, second appeal, figures."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from hanoismart.server.database import Database
from identity.access.models import Role
from identity.access.service import grant_role
from identity.api import moderation
from identity.disclosures.models import Disclosure
from identity.people import vault
from identity.people.models import Attribute
from identity.routers import ROUTERS
from tests.support.apps import Served, served
from tests.support.moderated import CASES, VERDICT, WALL
from tests.support.people import a_person

_ROOMS = [
    router for router in ROUTERS if not router.tags or router.tags[0] in {"moderation", "disclosures", "pii-access", "four-eyes", "access"}
]


class Office:
    """Whoever speaks does so with the permissions their roles really give."""

    def __init__(self, hub: Served, database: Database) -> None:
        self._hub, self._database = hub, database

    async def call(self, person: UUID, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        from identity.access.service import permissions

        async with self._database.session() as session:
            held = await permissions(session, person)
        self._hub.caller.person(person, permissions=sorted(held))
        answer = await self._hub.client.request(method, path, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


async def _people(database: Database) -> dict[str, UUID]:
    async with database.transaction() as session:
        await moderation.seed(session)
        names = ("Lan", "Minh", "Anna", "Hòa", "Thu", "An")
        people = {name: await a_person(session, name=name) for name in names}
        await vault.seal(session, people["Lan"], {Attribute.PHONE: "+84912345678"})
        for name, role in (("Anna", Role.TRIAGE), ("Hòa", Role.MODERATOR), ("Thu", Role.APPEALS), ("An", Role.SENIOR_MODERATOR)):
            await grant_role(session, people[name], role, granted_by=None)
        await grant_role(session, people["Anna"], Role.APPEALS, granted_by=None)
    return people


async def test_from_a_report_to_a_second_appeal(db: Database) -> None:
    who = await _people(db)
    note = WALL.write(who["Lan"], "Đồ ngốc")
    async with served(db, _ROOMS) as hub:
        office = Office(hub, db)
        case = await _reported(office, who, note)
        await _worked_on(office, who, case, db)
        statement = await _decided(office, who, case)
        await _appealed(office, who, case, statement)
        figures = await office.call(who["Hòa"], "GET", "/v1/moderation/figures")
        assert (figures["live"]["decided"], figures["live"]["actioned"], figures["live"]["action_rate"]) == (1, 1, 1.0)
        assert figures["live"]["pending"] == 0


async def _reported(office: Office, who: dict[str, UUID], note: UUID) -> str:
    reasons = (await office.call(who["Minh"], "GET", "/v1/moderation/reasons"))["reasons"]
    assert len(reasons) >= 40
    assert all(one["text"]["vi"] and one["text"]["en"] and one["legal_ref"] and one["deadline"] and one["rule_key"] for one in reasons)
    body = {"subject_kind": WALL.kind, "subject_id": str(note), "reason": "harassment", "note": "ngày nào cũng vậy"}
    await office.call(who["Minh"], "POST", "/v1/moderation/reports", status=201, json=body)
    listed = (await office.call(who["Anna"], "GET", CASES, params={"order": "priority", "reason": "harassment"}))["items"]
    assert [one["subject_id"] for one in listed] == [str(note)]
    found = listed[0]
    assert found["priority"] == round(100 * found["factors"]["severity"] * found["factors"]["reach"] * found["factors"]["reliability"])
    moved = await office.call(
        who["Anna"], "POST", f"{CASES}/{found['id']}/reroute", json={"queue": "conduct", "severity": 3, "note": "clear"}
    )
    assert (moved["queue"], moved["state"]) == ("conduct", "queued")
    await office.call(who["Anna"], "POST", f"{CASES}/{found['id']}/claim", status=403)
    return str(found["id"])


async def _worked_on(office: Office, who: dict[str, UUID], case: str, database: Database) -> None:
    hoa = who["Hòa"]
    await office.call(hoa, "POST", f"{CASES}/{case}/claim")
    await office.call(hoa, "POST", f"{CASES}/{case}/heartbeat")
    view = await office.call(hoa, "GET", f"{CASES}/{case}")
    assert (view["suggested"]["restriction"], view["strikes"]) == ("note", 0)
    grant = await office.call(hoa, "POST", "/v1/pii-access", status=201, json={"purpose": "gọi lại cho người bị quấy rối", "case_id": case})
    data = await office.call(hoa, "GET", f"/v1/pii-access/{grant['id']}/data", params={"attributes": ["phone"]})
    assert data["values"] == {"phone": "+84912345678"}
    async with database.session() as session:
        rows = list(
            await session.scalars(select(Disclosure).where(Disclosure.person_id == who["Lan"], Disclosure.purpose_code == "support.case"))
        )
        assert [(row.attributes, row.role) for row in rows] == [(["phone"], "moderator")]
    thread = f"{CASES}/{case}/messages"
    await office.call(who["Lan"], "GET", f"/v1/me/moderation/cases/{case}/messages", status=404)
    await office.call(hoa, "POST", thread, status=201, json={"text": "Bạn có thể cho biết thêm không?"})
    mine = f"/v1/me/moderation/cases/{case}/messages"
    await office.call(who["Lan"], "POST", mine, status=201, json={"text": "Gọi tôi theo số 0912 345 678"})
    said = (await office.call(who["Lan"], "GET", mine))["items"]
    assert [(one["party"], one["role"]) for one in said] == [("staff", "moderator"), ("owner", "owner")]
    seen = (await office.call(hoa, "GET", thread))["items"]
    assert seen[1]["text"] == "Gọi tôi theo số •••"
    await office.call(who["Minh"], "GET", mine, status=404)


async def _decided(office: Office, who: dict[str, UUID], case: str) -> dict[str, Any]:
    verdict = VERDICT | {"restriction": "mute", "days": 7}
    await office.call(who["Hòa"], "POST", f"{CASES}/{case}/decide", json=VERDICT | {"restriction": "mute", "days": None}, status=422)
    await office.call(who["Hòa"], "POST", f"{CASES}/{case}/decide", json=verdict)
    states = [one["to_state"] for one in (await office.call(who["Hòa"], "GET", f"{CASES}/{case}/steps"))["items"]]
    assert states == ["open", "queued", "queued", "assigned", "closed"]
    mine = await office.call(who["Lan"], "GET", "/v1/me/moderation")
    (statement,) = mine["statements"]
    assert mine["locked"] is True
    assert (statement["restricts"], statement["days"], statement["case_id"]) == (["visibility", "service"], 7, case)
    outcomes = await office.call(who["Minh"], "GET", "/v1/me/moderation/outcomes")
    assert [one["acted"] for one in outcomes["items"]] == [True]
    return dict(statement)


async def _appealed(office: Office, who: dict[str, UUID], case: str, statement: dict[str, Any]) -> None:
    path = f"/v1/me/moderation/decisions/{statement['decision_id']}/appeal"
    first = await office.call(who["Lan"], "POST", path, status=201, json={"text": "Tôi chỉ đùa"})
    assert (first["level"], first["due_at"] > first["filed_at"]) == (1, True)
    judge = f"/v1/moderation/appeals/{first['id']}"
    await office.call(who["Hòa"], "POST", f"{judge}/claim", status=403)
    await office.call(who["Thu"], "POST", f"{judge}/claim")
    await office.call(who["Thu"], "POST", f"{judge}/messages", status=201, json={"text": "Bạn muốn bổ sung gì không?"})
    thread = await office.call(who["Lan"], "GET", f"/v1/me/moderation/cases/{case}/messages")
    assert thread["items"][-1]["appeal_id"] == first["id"]
    answer = {"answer_vi": "Giữ nguyên.", "answer_en": "It stands."}
    await office.call(who["Thu"], "POST", f"{judge}/judge", json=answer | {"change": False})
    second = await office.call(who["Lan"], "POST", path, status=201, json={"text": "Xin xét lại"})
    assert second["level"] == 2
    await office.call(who["Lan"], "POST", path, status=409, json={"text": "Lần nữa"})
    judge = f"/v1/moderation/appeals/{second['id']}"
    refused = await office.call(who["Thu"], "POST", f"{judge}/claim", status=403)
    assert refused["code"] == "moderation.own_judgement"
    await office.call(who["Anna"], "POST", f"{judge}/claim")
    await office.call(who["Anna"], "POST", f"{judge}/judge", json=answer | {"change": True})
    after = await office.call(who["Lan"], "GET", "/v1/me/moderation")
    assert (after["locked"], after["statements"][0]["appeal"]["state"], after["statements"][0]["appeal"]["level"]) == (False, "changed", 2)
