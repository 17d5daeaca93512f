"""A small town for tests of the social layer: two wards, their groups, and people of every level of trust."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from hanoismart.server.database import Database
from hanoismart.text import Text
from social.api.groups import GroupKind, Reading, ensure, ensure_ward_group
from social.routers import ROUTERS
from tests.support.people import a_person, a_ward
from tests.support.services import acting, client_of, service


@dataclass(frozen=True, slots=True)
class Town:
    """Lan and Minh live in the first ward, Hòa in the second; Anna is a tourist with a telephone; Thu has nothing proved."""

    client: httpx.AsyncClient
    database: Database
    people: Mapping[str, UUID]
    groups: Mapping[str, UUID] = field(default_factory=dict)
    """ward: the first ward's, readable by all; closed: the second ward's, members only; open: public; chess: an interest."""

    async def call(self, who: str | None, method: str, path: str, **body: Any) -> httpx.Response:
        headers = acting(self.people[who]) if who else {}
        return await self.client.request(method, path, headers=headers, json=body or None)

    async def write(self, who: str, body: str = "Xin chào", **options: Any) -> str:
        answer = await self.call(who, "POST", "/v1/posts", body=body, **options)
        assert answer.status_code == 201, answer.json()
        return str(answer.json()["id"])

    async def reply(self, who: str, post_id: str, body: str = "Cảm ơn") -> str:
        answer = await self.call(who, "POST", f"/v1/posts/{post_id}/replies", body=body)
        assert answer.status_code == 201, answer.json()
        return str(answer.json()["id"])

    async def join(self, who: str, group: str) -> None:
        assert (await self.call(who, "POST", f"/v1/groups/{self.groups[group]}/join")).status_code == 200

    async def ids(self, who: str | None, path: str) -> list[str]:
        answer = await self.call(who, "GET", path)
        assert answer.status_code == 200, answer.json()
        return [item["id"] for item in answer.json()["items"]]


async def a_town(database: Database) -> Town:
    async with database.transaction() as session:
        first, second = await a_ward(session, "00070"), await a_ward(session, "00004")
        people = {
            "Lan": await a_person(session, name="Lan", ward=first),
            "Minh": await a_person(session, name="Minh", ward=first),
            "Hòa": await a_person(session, name="Hòa", ward=second),
            "Anna": await a_person(session, name="Anna", level=1, kind="tourist"),
            "Thu": await a_person(session, name="Thu", level=0, phone=False),
        }
        groups = {
            "ward": await ensure_ward_group(session, first, Text("Phường Hoàn Kiếm", "Hoàn Kiếm ward")),
            "closed": await ensure_ward_group(session, second, Text("Phường Ba Đình", "Ba Đình ward"), reading=Reading.MEMBERS),
            "open": await ensure(session, "open", GroupKind.PUBLIC, Text("Hà Nội", "Hanoi"), Text("Chung", "All")),
            "chess": await ensure(session, "chess", GroupKind.INTEREST, Text("Cờ", "Chess"), Text("Cờ", "Chess"), reading=Reading.MEMBERS),
        }
    return Town(client_of(service(ROUTERS, database)), database, people, groups)
