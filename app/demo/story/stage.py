"""What the chapters share: the people with their phones, the addresses of the outside parties, and the table that is printed."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.demo.operator import Operator
from app.demo.world import SPECIMENS, Addresses
from hanoismart.clock import now
from identity.api.specimens import Flaw, Sex, SpecimenChip, SpecimenDocument, authority, make, personal_number, reading

PATIENCE = 25.0


class StoryBroken(Exception):
    """Something is not as told."""


@dataclass
class Stage:
    """`http` carries the hub's address; what a chapter leaves for the next stands in `props`."""

    http: httpx.AsyncClient
    phones: dict[str, Phone] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    props: dict[str, Any] = field(default_factory=dict)
    operator: Operator | None = None
    addresses: Addresses = field(default_factory=Addresses.read)
    _step: int = 0

    def chapter(self, title: str) -> None:
        print(f"\n{title}\n{'─' * len(title)}", flush=True)

    def told(self, what: str, outcome: object) -> None:
        """One line of the table: a step and what came back."""
        self._step += 1
        print(f"{self._step:>3}  {what:<74} {outcome}", flush=True)

    def broken(self, why: str) -> None:
        print(f"\n ✗   not as told: {why}\n", flush=True)

    def end(self) -> None:
        print(f"\n ✓   {self._step} steps, all as told.\n", flush=True)

    def expect(self, true: object, why: str) -> None:
        """Raises StoryBroken."""
        if not true:
            raise StoryBroken(why)

    def refused(self, answer: httpx.Response, status: int, code: str) -> str:
        """The code of a refusal that must be this one. Raises StoryBroken."""
        got = answer.json().get("code") if "json" in answer.headers.get("content-type", "") else None
        self.expect((answer.status_code, got) == (status, code), f"expected {status} {code}, got {answer.status_code} {answer.text[:300]}")
        return f"{status} {code}"

    def ok(self, answer: httpx.Response, status: int = 200) -> Any:
        """The body of an answer with this status. Raises StoryBroken."""
        self.expect(answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    async def until(self, what: str, look: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> Any:
        """What `look` gives as soon as it gives anything. Raises StoryBroken when time runs out."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.2)
        raise StoryBroken(f"{what} did not happen within {seconds:.0f} s")

    def phone(self, name: str) -> Phone:
        return self.phones[name]


def card(name: str, birth: date, sex: Sex, *, flaw: Flaw | None = None, number: str | None = None) -> SpecimenChip:
    """A fresh identity card of an invented resident."""
    own = number or personal_number(birth, sex, secrets.randbelow(10**6))
    document = SpecimenDocument.cccd(name, own, birth, sex, now().date() + timedelta(days=3650))
    return make(authority(SPECIMENS, "VNM"), document, flaw=flaw)


def passport(surname: str, given: str, birth: date, sex: Sex) -> SpecimenChip:
    """A fresh passport of Utopia."""
    number = f"U{secrets.randbelow(10**7):07d}"
    document = SpecimenDocument.passport(surname, given, number, birth, sex, now().date() + timedelta(days=3650))
    return make(authority(SPECIMENS, "UTO"), document)


async def prove(stage: Stage, chip: SpecimenChip, **more: Any) -> httpx.Response:
    """Open a proofing session and hand in what a phone read from the chip."""
    started = stage.ok(await stage.http.post("/v1/proofing/sessions"), 201)
    stage.props["proofing"] = started
    return await submit(stage, started, chip, **more)


async def submit(stage: Stage, started: dict[str, Any], chip: SpecimenChip, **more: Any) -> httpx.Response:
    return await send(stage, started, reading(chip, started["challenge"]) | more)


async def send(stage: Stage, started: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
    """Hand in a reading, whatever it is."""
    headers = {"Proofing-Secret": started["secret"]}
    return await stage.http.post(f"/v1/proofing/sessions/{started['id']}/chip", json=body, headers=headers)


async def enrolled(stage: Stage, name: str, verdict: dict[str, Any], *, language: str = "vi") -> Phone:
    """Register a passkey with the proofing's enrolment, sign in, and remember whose phone it is."""
    phone = Phone(stage.http, SoftwarePasskey(str(stage.http.base_url).rstrip("/")), language=language)
    await phone.enrol(verdict["enrolment"])
    await phone.sign_in()
    stage.phones[name] = phone
    stage.ids[name] = stage.ok(await phone.call("GET", "/v1/me"))["id"]
    return phone


async def verify_phone(stage: Stage, name: str) -> int:
    """Ask for a code, read it at the text message gateway, give it back; the trust level afterwards."""
    phone, number = stage.phone(name), f"+8498{secrets.randbelow(10**7):07d}"
    flow = stage.ok(await phone.call("POST", "/v1/me/phone", json={"number": number}), 201)

    async def code() -> str | None:
        messages = (await stage.http.get(f"{stage.addresses.sms}/messages", params={"to": number})).json()
        found = re.search(r"\b(\d{6})\b", messages[-1]["text"]) if messages else None
        return found.group(1) if found else None

    answer = {"flow_id": flow["id"], "code": await stage.until("a text message with the code", code)}
    return int(stage.ok(await phone.call("POST", "/v1/me/phone/confirm", json=answer))["trust_level"])
