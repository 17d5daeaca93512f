"""Chapters 3 and 4: the catalogue, consent, a parking session paid by VietQR, the reminder on three roads."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from app.demo.devices.mobile import Phone
from app.demo.story.stage import Stage, StoryBroken

APP = "vn.hanoi.parking"
GATEWAY = f"/v1/gw/{APP}"
HOAN_KIEM = {"lat": 21.0287, "lon": 105.8524, "radius": 1500}
SECONDS, LEAD = 20, 15


async def play(stage: Stage) -> None:
    stage.chapter("Parking: consent, a session, VietQR, a receipt")
    lan = stage.phone("Lan")
    await _catalogue(stage)
    await _push_address(stage, lan)
    token = await launch(stage, "Lan")
    place = await _place(stage)
    async with _stream(stage, lan) as events:
        session = await _start(stage, token, place)
        await _pay(stage, lan, session["payment"]["intent_id"])
        await _reminded(stage, lan, events)
    await _extend_and_stop(stage, token, session)


async def _catalogue(stage: Stage) -> None:
    found = stage.ok(await stage.http.get("/v1/miniapps", params={"q": "do xe"}))["items"]
    stage.expect(any(app["app_id"] == APP for app in found), "the catalogue finds Parking without marks")
    english = stage.ok(await stage.http.get(f"/v1/miniapps/{APP}", headers={"Accept-Language": "en"}))
    stage.told('The catalogue, searched for "do xe"', f"{found[0]['name']} ({english['name']})")


async def _push_address(stage: Stage, lan: Phone) -> None:
    stage.props["fid"] = f"lan-{secrets.token_hex(8)}"
    body = {"kind": "fcm_fid", "value": stage.props["fid"], "device": "story", "locale": "vi"}
    stage.ok(await lan.call("PUT", "/v1/me/push-addresses", json=body))


async def launch(stage: Stage, name: str) -> str:
    """Open Parking, consenting to everything it asks the first time; the exchanged token."""
    phone = stage.phone(name)
    answer = await phone.call("POST", f"/v1/miniapps/{APP}/launch", json={})
    if answer.status_code == 409:
        asked = answer.json()
        stage.expect(asked["code"] == "miniapps.consent_required", f"consent is asked, not {asked['code']}")
        granted = [{"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in asked["scopes"]]
        stage.ok(await phone.call("POST", f"/v1/miniapps/{APP}/consent", json={"granted": granted}), 201)
        stage.told(f"{name} opens Parking: consent asked once, scope by scope", ", ".join(one["scope"] for one in granted))
        answer = await phone.call("POST", f"/v1/miniapps/{APP}/launch", json={})
    opened = stage.ok(answer, 201)
    stage.told("Launch", f"launch token, access token for {opened['expires_in']} s, {len(opened['scopes'])} scopes")
    return str(opened["access_token"])


async def call(stage: Stage, token: str | None, method: str, path: str, **options: Any) -> httpx.Response:
    """A call of the mini-app's page through the gateway."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await stage.http.request(method, f"{GATEWAY}{path}", headers=headers, **options)


async def _place(stage: Stage) -> dict[str, Any]:
    near = stage.ok(await call(stage, None, "GET", "/places", params=HOAN_KIEM))["items"]
    stage.expect(near, "there are places near Hoàn Kiếm lake")
    place: dict[str, Any] = near[0]
    stage.told("Places near a point, nearest first, without signing in", f"{len(near)}; {place['name']}, {place['distance']} m")
    return place


async def _start(stage: Stage, token: str, place: dict[str, Any]) -> dict[str, Any]:
    asked = {"place_id": place["id"], "vehicle_class": "car", "seconds": SECONDS}
    quote = stage.ok(await call(stage, None, "POST", "/quotes", json=asked))
    stage.told(
        f"A quote for {SECONDS} seconds with its breakdown", f"{quote['amount']:,} đ in {len(quote['parts'])} part(s)".replace(",", ".")
    )
    plate = f"30K-{secrets.randbelow(900) + 100}.{secrets.randbelow(90) + 10}"
    body = asked | {"plate": plate, "reminder_lead": LEAD}
    session: dict[str, Any] = stage.ok(await call(stage, token, "POST", "/sessions", json=body), 201)
    stage.told(f"A session for plate {plate}, reminder lead {LEAD} s", f"{session['state']}, ends {session['ends_at'][11:19]} UTC")
    again = await call(stage, token, "POST", "/sessions", json=body)
    stage.expect(again.status_code == 409, "one open session per plate and place")
    stage.told("The same plate at the same place again", f"409 {again.json()['code']}")
    return session


async def _pay(stage: Stage, lan: Phone, payment_id: str) -> None:
    payment = stage.ok(await lan.call("GET", f"/v1/me/payments/{payment_id}"))
    qr = payment["qr_text"]
    stage.told("The VietQR string, with its CRC", f"…{qr[-22:]}")
    picture = await lan.call("GET", f"/v1/me/payments/{payment_id}/qr.png")
    stage.expect(picture.content.startswith(b"\x89PNG"), "the code comes as a picture too")
    stage.told("The same as a picture", f"PNG, {len(picture.content)} bytes")
    stage.ok(await stage.http.post(f"{stage.addresses.bank}/pay", json={"qr": qr, "delay": 1, "copies": 2}), 202)

    async def settled() -> dict[str, Any] | None:
        found: dict[str, Any] = stage.ok(await lan.call("GET", f"/v1/me/payments/{payment_id}"))
        return found if found["state"] == "settled" and found["receipt_id"] else None

    done = await stage.until("the settlement", settled)
    stage.told("A sandbox bank is paid and calls back, signed, twice and a second late", f"{done['state']} once")
    receipt = stage.ok(await lan.call("GET", f"/v1/me/receipts/{done['receipt_id']}"))
    stage.expect(receipt["amount"] == payment["amount"], "the receipt is for what was paid")
    stage.told("The receipt", f"{receipt['pattern']} {receipt['series']} {receipt['number']}: {receipt['amount_in_words']}")


@asynccontextmanager
async def _stream(stage: Stage, lan: Phone) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
    """Lan's live stream, read beside the story."""
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def listen() -> None:
        headers = lan.signed("GET", "/v1/me/stream")
        async with stage.http.stream("GET", "/v1/me/stream", headers=headers, timeout=60) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    await events.put(orjson.loads(line.removeprefix("data:")))

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.3)
    try:
        yield events
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
            await task


async def _reminded(stage: Stage, lan: Phone, events: asyncio.Queue[dict[str, Any]]) -> None:
    async def reminder() -> dict[str, Any] | None:
        inbox = stage.ok(await lan.call("GET", "/v1/me/inbox"))["items"]
        return next((one for one in inbox if one["template"] == f"{APP}/parking.expiring"), None)

    row = await stage.until("the reminder", reminder)
    stage.told("Before it ends: a reminder in the inbox", row["title"])

    async def pushed() -> Any:
        messages = (await stage.http.get(f"{stage.addresses.fcm}/messages")).json()
        return [one for one in messages if stage.props["fid"] in str(one)]

    messages = await stage.until("the push", pushed)
    stage.told("… by push through FCM's HTTP v1", f"{len(messages)} message(s) at the push service")
    heard = await _heard(events, row["id"])
    stage.told("… and as an event on her live stream", f"{heard['type']} {heard['id'][:13]}…")


async def _heard(events: asyncio.Queue[dict[str, Any]], wanted: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(10):
            while True:
                event = await events.get()
                if event["id"] == wanted:
                    return event
    except TimeoutError as error:
        raise StoryBroken("the stream said nothing of the reminder") from error


async def _extend_and_stop(stage: Stage, token: str, session: dict[str, Any]) -> None:
    extended = stage.ok(await call(stage, token, "POST", f"/sessions/{session['id']}/extend", json={"seconds": 600}))
    stage.told("She extends by ten minutes", f"ends {extended['ends_at'][11:19]} UTC")
    stopped = stage.ok(await call(stage, token, "POST", f"/sessions/{session['id']}/stop"))
    stage.told("… and stops", stopped["state"])
