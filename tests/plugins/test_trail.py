"""What developers read of the audit trail: everything about what is theirs, nobody of the city by name, nothing of others."""

import csv
import io
from typing import Any
from uuid import UUID

from hanoismart.text import Text
from identity.api import mandates, organisations
from identity.api.organisations import OrganisationKind
from plugins.rollout import service as rollout
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person

OTHER = "vn.hanoi.library"
REASON = Text(vi="Bảo trì", en="Maintenance")


async def developing(hub: SmallHub, code: str = "H26.19") -> tuple[str, UUID]:
    """Somebody who develops for an agency is signed in; the address of its trail, and who they are."""
    async with hub.database.transaction() as session:
        owner = await organisations.ensure(session, code, Text(vi="Sở", en="Department"), OrganisationKind.AGENCY)
        person = await a_person(session, name="Minh", level=2)
        await mandates.first_administrator(session, owner.id, person, confirmed_by=None)
    await hub.signed_in(person_id=person)
    return f"/v1/dev/organisations/{owner.id}/audit", person


async def read(hub: SmallHub, address: str, **query: Any) -> list[dict[str, Any]]:
    """Page after page, two rows each."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await hub.client.get(address, params={"limit": 2, **query, **cursor})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next"] is None:
            return items
        cursor = {"cursor": answer.json()["next"]}


async def test_members_read_who_did_what_and_of_staff_only_that_it_was_staff(hub: SmallHub) -> None:
    address, person = await developing(hub)
    officer = "0194f0a0-0000-7000-8000-00000000beef"
    async with hub.database.transaction() as session:
        await installed(session, manifest())
        kill = await rollout.kill(session, app_id=APP, reason=REASON, actor=f"staff:{officer}", method="gateway")
        await rollout.lift(session, kill.id, actor=f"person:{person}")
    items = await read(hub, address)
    assert [one["at"] for one in items] == sorted((one["at"] for one in items), reverse=True)
    told = {one["action"]: one for one in items}
    assert (told["miniapp.killed"]["by"], told["miniapp.killed"]["person_id"]) == ("staff", None)
    assert (told["miniapp.kill_lifted"]["by"], told["miniapp.kill_lifted"]["person_id"]) == ("member", str(person))
    assert told["miniapp.kill_lifted"]["facts"] == {"kill": str(kill.id)}
    assert {one["app_id"] for one in items} == {APP}
    assert officer not in str(items)


async def test_the_whole_trail_is_taken_away_in_both_forms_oldest_first(hub: SmallHub) -> None:
    address, _ = await developing(hub)
    async with hub.database.transaction() as session:
        await installed(session, manifest())
        await rollout.kill(session, app_id=APP, reason=REASON, actor="staff:test", method="gateway")
    listed = list(reversed(await read(hub, address)))
    taken = await hub.client.get(f"{address}/export")
    assert taken.json() == [one | {"at": taken.json()[number]["at"]} for number, one in enumerate(listed)]
    sheet = await hub.client.get(f"{address}/export", params={"format": "csv", "app_id": APP})
    assert sheet.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert [one["action"] for one in rows] == [one["action"] for one in listed]


async def test_nobody_reads_what_is_not_theirs(hub: SmallHub) -> None:
    mine, _ = await developing(hub)
    async with hub.database.transaction() as session:
        await installed(session, manifest())
    theirs, _ = await developing(hub, "H26.20")
    for address in (mine, f"{mine}/export"):
        answer = await hub.client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "developers.organisation_not_found")
    for address in (theirs, f"{theirs}/export"):
        answer = await hub.client.get(address, params={"app_id": APP})
        assert (answer.status_code, answer.json()["code"]) == (404, "miniapps.not_found")
    assert await read(hub, theirs) == []
