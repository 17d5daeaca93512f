"""Chapter 5: the ward's group, a neighbour's reply, a tourist who may read and not write."""

from datetime import date, timedelta
from typing import Any

from app.demo.story.identity import attest
from app.demo.story.stage import Stage, card, enrolled, passport, prove, verify_phone
from hanoismart.clock import now
from identity.api.specimens import Sex


async def play(stage: Stage) -> None:
    stage.chapter("Neighbours and a tourist")
    await _minh(stage)
    await _anna(stage)
    group = await _join(stage)
    await _talk(stage, group)
    await _tourist(stage, group)


async def _minh(stage: Stage) -> None:
    verdict = stage.ok(await prove(stage, card("Lê Quang Minh", date(1990, 9, 17), Sex.MALE)))
    await enrolled(stage, "Minh", verdict)
    await verify_phone(stage, "Minh")
    await attest(stage, "Minh")
    stage.told("Minh, a neighbour, proves himself, his phone and his ward", "trust level 3")


async def _anna(stage: Stage) -> None:
    stay = (now() + timedelta(days=60)).date().isoformat()
    verdict = stage.ok(await prove(stage, passport("Berg", "Anna", date(1994, 1, 30), Sex.FEMALE), stay_ends_on=stay, locale="en"))
    await enrolled(stage, "Anna", verdict, language="en")
    me = stage.ok(await stage.phone("Anna").call("GET", "/v1/me"))
    stage.told("Anna, a tourist, by the chip of her passport", f"{me['kind']}, level {me['level']}")


async def _join(stage: Stage) -> dict[str, Any]:
    lan, minh = stage.phone("Lan"), stage.phone("Minh")
    groups: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = stage.ok(await lan.call("GET", "/v1/groups", params={"limit": 100} | ({"cursor": cursor} if cursor else {})))
        groups, cursor = groups + page["items"], page["next"]
        if cursor is None:
            break
    own = [one for one in groups if one["admin_unit_id"] == stage.props["ward"]["id"]]
    stage.expect(own, "Lan finds her ward's group")
    group: dict[str, Any] = own[0]
    for phone in (lan, minh):
        stage.ok(await phone.call("POST", f"/v1/groups/{group['id']}/join"))
    stage.told("Lan and Minh join their ward's group", group["name"])
    return group


async def _talk(stage: Stage, group: dict[str, Any]) -> None:
    lan, minh = stage.phone("Lan"), stage.phone("Minh")
    text = {"body": "Chào bà con, đèn đường ngõ Gia Ngư đã sáng lại rồi.", "group_id": group["id"]}
    post = stage.ok(await lan.call("POST", "/v1/posts", json=text), 201)
    stage.told("Lan posts in it", post["body"][:40])
    reply = stage.ok(await minh.call("POST", f"/v1/posts/{post['id']}/replies", json={"body": "Đồ ngốc, ai chẳng biết."}), 201)
    stage.told("Minh replies", reply["body"])
    stage.props |= {"post": post, "reply": reply}

    async def told() -> dict[str, Any] | None:
        inbox = stage.ok(await lan.call("GET", "/v1/me/inbox"))["items"]
        return next((one for one in inbox if one["template"] == "social.replied"), None)

    row = await stage.until("word of the reply", told)
    stage.told("Lan is notified", row["title"])


async def _tourist(stage: Stage, group: dict[str, Any]) -> None:
    anna = stage.phone("Anna")
    public = stage.ok(await anna.call("GET", "/v1/posts"))["items"]
    stage.expect(any(one["id"] == stage.props["post"]["id"] for one in public), "Anna reads public posts")
    stage.told("Anna reads public posts", f"{len(public)} on the first page")
    refused = await anna.call("POST", "/v1/posts", json={"body": "Hello neighbours!", "group_id": group["id"]})
    stage.told("… and may not post in the residents' group", stage.refused(refused, 403, "social.residents_only"))
