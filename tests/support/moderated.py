"""A stage for tests of moderation: notes on a wall, kept in memory, and the people who write, report and judge them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.api import moderation
from identity.api.moderation import Snapshot, register
from identity.moderation.models import Case
from identity.moderation.routes import router
from identity.moderation.staff_routes import router as staff_router
from tests.support.apps import Served, served
from tests.support.people import a_person


@dataclass
class Wall:
    """`blind`: persons who may not see any note."""

    kind: str = "test_note"
    notes: dict[UUID, tuple[UUID | None, str]] = field(default_factory=dict)
    hidden: set[UUID] = field(default_factory=set)
    blind: set[UUID] = field(default_factory=set)

    def write(self, owner: UUID | None, text: str) -> UUID:
        note = new_id()
        self.notes[note] = (owner, text)
        return note

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:  # noqa: ARG002 - the protocol's signature
        if subject_id not in self.notes or visible_for in self.blind:
            return None
        owner, text = self.notes[subject_id]
        return Snapshot(owner, text, "vi", now())

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None:  # noqa: ARG002 - the protocol's signature
        self.hidden.add(subject_id)

    async def show(self, session: AsyncSession, subject_id: UUID) -> None:  # noqa: ARG002 - the protocol's signature
        self.hidden.discard(subject_id)


WALL = Wall()
register(WALL)

CASES = "/v1/moderation/cases"
VERDICT: dict[str, Any] = {
    "rule_set": "house",
    "rule_key": "insult",
    "restriction": "remove",
    "days": None,
    "facts_vi": "Bài viết xúc phạm một người hàng xóm.",
    "facts_en": "The post insults a neighbour.",
    "note": "clear case",
}
LOCK = VERDICT | {"restriction": "lock", "days": 7}
STAFF = ("moderation.read", "moderation.decide", "moderation.approve", "moderation.appeals")


@dataclass
class Scene:
    """Lan wrote a note, Minh and Anna may report it, Hòa and Thu are staff."""

    hub: Served
    database: Database
    lan: UUID
    minh: UUID
    anna: UUID
    hoa: UUID
    thu: UUID
    note: UUID

    def staff(self, person: UUID, *permissions: str) -> None:
        self.hub.caller.person(person, permissions=permissions or STAFF)

    async def report(self, reporter: UUID, reason: str = "insult", **more: Any) -> Any:
        self.hub.caller.person(reporter)
        body = {"subject_kind": WALL.kind, "subject_id": str(self.note), "reason": reason} | more
        return await self.hub.client.post("/v1/moderation/reports", json=body)

    async def case(self) -> str:
        async with self.database.session() as session:
            return str(await session.scalar(select(Case.id).where(Case.subject_id == self.note, Case.state != "closed")))

    async def claim(self, case: str, officer: UUID) -> Any:
        self.staff(officer)
        return await self.hub.client.post(f"{CASES}/{case}/claim")

    async def decide(self, officer: UUID, verdict: dict[str, Any]) -> Any:
        case = await self.case()
        assert (await self.claim(case, officer)).status_code == 200
        return await self.hub.client.post(f"{CASES}/{case}/decide", json=verdict)

    async def decided(self, verdict: dict[str, Any]) -> str:
        """Minh reports, Hòa decides; the decision's id."""
        assert (await self.report(self.minh)).status_code == 201
        answer = await self.decide(self.hoa, verdict)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["decision_id"])

    async def mine(self, person: UUID) -> Any:
        self.hub.caller.person(person)
        return (await self.hub.client.get("/v1/me/moderation")).json()

    async def appeal(self, decision: str, person: UUID | None = None) -> Any:
        self.hub.caller.person(person or self.lan)
        return await self.hub.client.post(
            f"/v1/me/moderation/decisions/{decision}/appeal", json={"text": "Tôi chỉ nói đùa, gọi 0912 345 678"}
        )


@asynccontextmanager
async def a_scene(database: Database) -> AsyncIterator[Scene]:
    async with database.transaction() as session:
        await moderation.seed(session)
        people = [await a_person(session, name=name) for name in ("Nguyễn Thị Lan", "Minh", "Anna", "Hòa", "Thu")]
    async with served(database, [router, staff_router]) as hub:
        note = WALL.write(people[0], "Đồ ngốc, số tôi là 0912 345 678")
        lan, minh, anna, hoa, thu = people
        yield Scene(hub, database, lan, minh, anna, hoa, thu, note)
