"""Every door a mini-app and its people may knock at, for tests of what is stopped."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hanoismart import clock, tokens
from hanoismart.client import Hub, HubRefused
from hanoismart.ids import new_hex
from tests.plugins.test_capabilities import CALL, KEY, TICKET
from tests.support.miniapps import APP, SmallHub

LATER = timedelta(hours=1)


@dataclass
class Opened:
    """A person in the parking app, with everything in hand that an app can hold."""

    person: UUID
    sub: str
    page: dict[str, str]
    launch_id: str
    code: str
    intent: str
    backend: Hub


async def opens(hub: SmallHub, person: UUID, reference: str = "s0") -> Opened:
    """The person opens the app and agrees to everything; who calls next is they."""
    await hub.signed_in(person_id=person)
    await hub.agree()
    told = await hub.opened()
    backend = hub.backend(KEY)
    launch = tokens.verify_launch(told["launch_token"], keys=await backend.keys(), app_id=APP, now=clock.now())
    made = (await hub.client.post(f"/v1/miniapps/{APP}/codes", json={"scope": "phone"})).json()
    until = clock.now() + LATER
    intent = await backend.pay.create(sub=launch.subject, amount=25_000, description=TICKET, reference=reference, expires_at=until)
    page = {"Authorization": f"Bearer {told['access_token']}"}
    return Opened(person, launch.subject, page, launch.grant.jti, made["code"], intent.id, backend)


def page_doors(hub: SmallHub, at: Opened) -> dict[str, Awaitable[Any]]:
    base, client = f"/v1/miniapps/{APP}", hub.client
    paid = {"amount": 25_000, "description": {"vi": "Vé", "en": "Ticket"}, "reference": "p1"}
    return {
        "launch": client.post(f"{base}/launch", json={}),
        "consent": client.post(f"{base}/consent", json={"granted": [], "declined": []}),
        "host": client.get(f"{base}/host"),
        "call": client.get(f"/v1/gw/{APP}/tickets", headers=at.page),
        "profile": client.post(f"{base}/profile"),
        "storage": client.get(f"{base}/storage"),
        "writing": client.put(f"{base}/storage/a", json={"value": 1}),
        "code": client.post(f"{base}/codes", json={"scope": "phone"}),
        "payment": client.post(f"{base}/payments", json=paid, headers={"Idempotency-Key": new_hex()}),
    }


def backend_doors(at: Opened) -> dict[str, Awaitable[Any]]:
    backend, later = at.backend, clock.now() + LATER
    return {
        "notification": backend.notify(at.sub, "parking.expiring", {"spot": "A7", "minutes": 10}, dedupe=new_hex()),
        "reading": backend.read_person(at.sub, ["phone"], CALL),
        "charge": backend.pay.create(sub=at.sub, amount=25_000, description=TICKET, reference=new_hex(), expires_at=later),
        "redeem": backend.call("POST", "/v1/backend/codes/redeem", json={"code": at.code}),
        "storage": backend.call("GET", f"/v1/backend/storage/{at.sub}"),
    }


def own_doors(at: Opened) -> dict[str, Awaitable[Any]]:
    """What is about the app and not about one person."""
    return {
        "launch": at.backend.call("POST", f"/v1/backend/launches/{at.launch_id}/use"),
        "payment": at.backend.pay.status(at.intent),
    }


async def passed(doors: dict[str, Awaitable[Any]]) -> set[str]:
    """The doors that let somebody through."""
    through = set()
    for name, knock in doors.items():
        try:
            answer = await knock
        except HubRefused as refused:
            if refused.code not in {"miniapps.suspended", "miniapps.not_found"}:
                raise
            continue
        status = getattr(answer, "status_code", 200)
        assert status < 500, (name, answer.text)
        if status < 400:
            through.add(name)
    return through
