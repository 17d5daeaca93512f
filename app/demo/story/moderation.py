"""Chapter 6: two reports, one case, a decision that cites a rule, an appeal that somebody else judges; parking goes on."""

from typing import Any

from app.demo.story.parking import call, launch
from app.demo.story.stage import Stage

FACTS = {"facts_vi": "Câu trả lời xúc phạm một người hàng xóm.", "facts_en": "The reply insults a neighbour."}


async def play(stage: Stage) -> None:
    stage.chapter("Moderation with reasons, and an appeal")
    case = await _reported(stage)
    await _decided(stage, case)
    await _told(stage)
    await _still_parks(stage)
    await _appealed(stage)


async def _reported(stage: Stage) -> dict[str, Any]:
    rules = stage.ok(await stage.http.get("/v1/moderation/rules"))["rules"]
    rule = next(one for one in rules if (one["reportable"] and "insult" in one["key"]) or one["key"] == "harassment")
    stage.props["rule"] = rule
    body = {"subject_kind": "post", "subject_id": stage.props["reply"]["id"], "reason": rule["key"]}
    for name in ("Lan", "Anna"):
        stage.ok(await stage.phone(name).call("POST", "/v1/moderation/reports", json=body), 201)
    hoa = stage.phone("Hòa")
    cases = stage.ok(await hoa.call("GET", "/v1/moderation/cases", params={"limit": 100}))["items"]
    mine = [one for one in cases if one["subject_id"] == body["subject_id"]]
    stage.expect(len(mine) == 1, "two reports fold into one case")
    stage.told("Lan and Anna report Minh's reply", "two reports, one case")
    case: dict[str, Any] = mine[0]
    return case


async def _decided(stage: Stage, case: dict[str, Any]) -> None:
    hoa, path = stage.phone("Hòa"), f"/v1/moderation/cases/{case['id']}"
    held = stage.ok(await hoa.call("POST", f"{path}/claim"))
    stage.told("Officer Hòa claims it", f"lease until {held['lease_until'][11:19]} UTC")
    view = stage.ok(await hoa.call("GET", path))
    stage.told("She sees it masked", f"owner {view['owner']}, {len(view['evidence'])} pieces of evidence")
    rule = stage.props["rule"]
    verdict = {"rule_set": rule["rule_set"], "rule_key": rule["key"], "restriction": "lock", "days": 7, "note": "clear case"} | FACTS
    decided = stage.ok(await hoa.call("POST", f"{path}/decide", json=verdict))
    stage.expect(decided["state"] == "decided", "the decision stands")
    stage.props["decision"] = decided["decision_id"]
    stage.told("She decides, citing a rule", f"{rule['rule_set']}/{rule['key']}: social lock for 7 days")
    locked = await stage.phone("Minh").call("POST", "/v1/posts", json={"body": "Tôi vẫn đăng được chứ?"})
    stage.told("Minh tries to post", stage.refused(locked, 403, "social.locked"))


async def _told(stage: Stage) -> None:
    for name, template in (("Minh", "moderation.decided"), ("Lan", "moderation.outcome"), ("Anna", "moderation.outcome")):

        async def found(name: str = name, template: str = template) -> dict[str, Any] | None:
            inbox = stage.ok(await stage.phone(name).call("GET", "/v1/me/inbox"))["items"]
            return next((one for one in inbox if one["template"] == template), None)

        row = await stage.until(f"word to {name}", found)
        stage.told(f"{name} is told", row["title"])
    mine = stage.ok(await stage.phone("Minh").call("GET", "/v1/me/moderation"))
    statement = mine["statements"][0]
    stage.told("Minh reads his statement of reasons", f"{statement['legal_ref'][:60]}; appeal until {statement['appeal_until'][:10]}")


async def _still_parks(stage: Stage) -> None:
    token = await launch(stage, "Minh")
    place = stage.ok(await call(stage, None, "GET", "/places", params={"lat": 21.0287, "lon": 105.8524, "radius": 1500}))["items"][1]
    body = {"place_id": place["id"], "vehicle_class": "car", "seconds": 600, "plate": "29A-123.45", "reminder_lead": 60}
    session = stage.ok(await call(stage, token, "POST", "/sessions", json=body), 201)
    minh, payment_id = stage.phone("Minh"), session["payment"]["intent_id"]
    payment = stage.ok(await minh.call("GET", f"/v1/me/payments/{payment_id}"))
    stage.ok(await stage.http.post(f"{stage.addresses.bank}/pay", json={"qr": payment["qr_text"]}), 202)

    async def settled() -> bool:
        return bool(stage.ok(await minh.call("GET", f"/v1/me/payments/{payment_id}"))["state"] == "settled")

    await stage.until("Minh's payment", settled)
    stage.ok(await call(stage, token, "POST", f"/sessions/{session['id']}/stop"))
    stage.told("While socially locked, Minh still pays for parking", "settled")


async def _appealed(stage: Stage) -> None:
    minh, hoa, thu = stage.phone("Minh"), stage.phone("Hòa"), stage.phone("Thu")
    path = f"/v1/me/moderation/decisions/{stage.props['decision']}/appeal"
    appeal = stage.ok(await minh.call("POST", path, json={"text": "Tôi đã xin lỗi chị Lan, xin xem xét lại."}), 201)
    stage.told("Minh appeals", appeal["state"])
    judged = {"change": True, "answer_vi": "Đã xin lỗi, gỡ bỏ hạn chế.", "answer_en": "He apologised; the restriction is lifted."}
    own = await hoa.call("POST", f"/v1/moderation/appeals/{appeal['id']}/claim")
    stage.told("Hòa, an appeals officer too, may not judge her own decision", stage.refused(own, 403, "moderation.own_judgement"))
    stage.ok(await thu.call("POST", f"/v1/moderation/appeals/{appeal['id']}/claim"))
    answer = stage.ok(await thu.call("POST", f"/v1/moderation/appeals/{appeal['id']}/judge", json=judged))
    stage.told("Thu, another officer, judges it", answer["state"])

    async def told() -> dict[str, Any] | None:
        inbox = stage.ok(await minh.call("GET", "/v1/me/inbox"))["items"]
        return next((one for one in inbox if one["template"] == "moderation.appeal_judged"), None)

    row = await stage.until("word of the judgement", told)
    stage.told("Minh is told", row["title"])
