"""From an empty folder, with the built wheel, docs/mini-apps/first-app.md and a running hub: the blocks of the page, word for word."""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.demo.devices.mobile import Phone
from hanoismart.text import Text
from identity.api import mandates, organisations
from identity.api.access import Role
from identity.api.organisations import OrganisationKind
from tests.support.databases import clone, drop
from tests.support.developers import let_in, stranger
from tests.support.live import Live, free_port, living, until

PAGE = Path(__file__).parents[2] / "docs/mini-apps/first-app.md"
APP = "dev.example.greetings"
_SECTION = re.compile(r"^## (\d+)\. ", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"\b([B-Z]{4}-[B-Z]{4})\b")


@dataclass
class Reader:
    """Somebody who does what the page says; `where` is the folder their shell stands in."""

    live: Live
    python: Path
    folder: Path
    phone: Phone
    backend: str
    dev_port: int
    where: Path = field(default_factory=Path)
    said: str = ""
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        told = {"HS_CONFIG_DIR": str(self.folder / "config"), "HS_HUB": self.live.base, "HS_LANG": "en", "BACKEND_URL": self.backend}
        told |= {"PATH": f"{self.python.parent}:{os.environ['PATH']}", "HS_DEV_PORT": str(self.dev_port), "PYTHONDONTWRITEBYTECODE": "1"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HANOISMART_", "PYTHON", "PYTEST"))}
        return kept | told

    async def start(self, block: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "bash",
            "-euo",
            "pipefail",
            "-c",
            block,
            cwd=self.where,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )

    async def run(self, block: str) -> None:
        """A block in the shell; where a code is shown, the developer types it on their phone."""
        process = await self.start(f'{block}\npwd > "{self.folder}/where"')
        assert process.stdout is not None
        self.said = ""
        async with asyncio.timeout(240):
            async for raw in process.stdout:
                self.said += raw.decode()
                if (shown := _CODE.search(raw.decode())) is not None:
                    await let_in(self.phone, shown[1])
            code = await process.wait()
        assert code == 0, f"{block}\n{self.said}\n{self.live.wrote()[-2000:]}"
        self.where = Path((self.folder / "where").read_text().strip())

    async def background(self, block: str, address: str) -> asyncio.subprocess.Process:
        """A block that goes on, as soon as it answers."""
        process = await self.start(block)
        self.running.append(process)

        async def answers() -> bool:
            assert process.returncode is None, block
            with suppress(httpx.HTTPError):
                async with httpx.AsyncClient(trust_env=False) as http:
                    return (await http.get(address)).status_code < 500
            return False

        await until(answers, seconds=60, what=f"{block} answers")
        return process

    async def end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 20)

    async def hs(self, command: str) -> Any:
        """A command's JSON, for looking at what the page's blocks brought about."""
        await self.run(f"hs {command} --json")
        return json.loads(self.said.strip().splitlines()[-1])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(template_database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    url = await clone(template_database)
    async with living(url, redis_url, tmp_path_factory.mktemp("city")) as running:
        yield running
    await drop(url)


@asynccontextmanager
async def reading(live: Live, folder: Path) -> AsyncIterator[Reader]:
    """A developer of the organisation EXAMPLE with the wheel in a fresh environment."""
    python = await stranger(folder)
    phone = await live.phone(name="Lan", level=2)
    async with live.database.transaction() as session:
        words = Text(vi="Công ty Ví Dụ", en="Example Company")
        owner = await organisations.ensure(session, "EXAMPLE", words, OrganisationKind.ENTERPRISE)
        await mandates.first_administrator(session, owner.id, await live.person_of(phone), confirmed_by=None)
    reader = Reader(live, python, folder, phone, f"http://127.0.0.1:{free_port()}", free_port(), folder / "work")
    reader.where.mkdir()
    try:
        yield reader
    finally:
        for process in reader.running:
            await reader.end(process)


async def approves(reviewer: Phone) -> None:
    """A reviewer of the city who finds nothing wrong, for as long as the test runs."""
    words = {"opinion": "approve", "note_vi": "Ổn", "note_en": "Fine"}
    while True:
        queue = await reviewer.call("GET", "/v1/review/queue")
        assert queue.status_code == 200, queue.text
        for review in queue.json()["items"]:
            base = f"/v1/review/reviews/{review['id']}"
            assert (await reviewer.call("POST", f"{base}/claim")).status_code == 200
            assert (await reviewer.call("POST", f"{base}/opinions", json=words)).status_code == 201
        await asyncio.sleep(1)


async def in_the_emulator(reader: Reader) -> None:
    """What the page tells to do on the emulator's page: be a citizen, agree, greet."""
    base = f"http://localhost:{reader.dev_port}"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=60) as http:
        await http.post("/emulator/consent", json={"citizen": 1, "granted": ["profile.name", "notifications.send"]})
        opened = (await http.post("/emulator/open", json={"citizen": 1})).json()
        headers = {"Authorization": f"Bearer {opened['token']}"}
        greeting = {"name": "Lan", "text": "Xin chào"}
        assert (await http.post(f"/v1/gw/{APP}/greetings", json=greeting, headers=headers)).status_code == 201
        ward = (await http.post("/emulator/ask", json={"citizen": 1, "scopes": ["residence.ward"]})).json()
        assert ward["missing"] == ["residence.ward"], "running locally grants nothing"
        await http.post("/emulator/kill", json={"on": True})
        assert (await http.get(f"/v1/gw/{APP}/greetings", headers=headers)).status_code in {401, 403}


async def do_block(reader: Reader, language: str, told: str, block: str) -> None:
    if language == "python":
        (reader.where / told).write_text(block)
    elif told == "install":
        assert "hanoismart[cli,client,test]" in block
        assert (await asyncio.create_subprocess_exec(reader.python, "-c", "import hanoismart.cli, fastapi")).returncode in {None, 0}
    elif told == "dev":
        emulator = await reader.background(block, f"http://localhost:{reader.dev_port}/v1/dev/environment")
        await in_the_emulator(reader)
        await reader.end(emulator)
    elif told == "background":
        await reader.background(block, f"{reader.backend}/healthz")
    else:
        await reader.run(block)


async def opens(live: Live, citizen: Phone) -> httpx.Response:
    """A citizen opens the app and agrees to what is asked."""
    path = f"/v1/miniapps/{APP}"
    answer = await citizen.call("POST", f"{path}/launch", json={})
    if answer.status_code == 409 and answer.json()["code"] == "miniapps.consent_required":
        granted = [{"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in answer.json()["scopes"]]
        agreed = await citizen.call("POST", f"{path}/consent", json={"granted": granted, "declined": []})
        assert agreed.is_success, agreed.text
        answer = await citizen.call("POST", f"{path}/launch", json={})
    assert answer.status_code in {200, 201}, answer.text
    return answer


async def test_a_stranger_gets_from_an_empty_folder_to_everybodys_hands(city: Live, tmp_path: Path) -> None:
    sections = _SECTION.split(PAGE.read_text())[1:]
    assert len(sections) == 16, "eight numbered sections"
    citizen = await city.phone(name="Minh", level=2)
    reviewers = [asyncio.create_task(approves(await city.phone(name=name, level=2, roles=(Role.APP_REVIEWER,)))) for name in ("Hòa",)]
    try:
        async with reading(city, tmp_path) as reader:
            for number, section in zip(sections[::2], sections[1::2], strict=True):
                for language, told, block in _BLOCK.findall(section):
                    await do_block(reader, language, told, block)
                    assert all(not task.done() for task in reviewers), "the reviewer is still there"
                await CHECKS.get(number, nothing)(reader, citizen)
    finally:
        for task in reviewers:
            task.cancel()
        await asyncio.gather(*reviewers, return_exceptions=True)


async def nothing(_: Reader, __: Phone) -> None:
    """There is nothing to look at after this section."""


async def it_is_live(reader: Reader, citizen: Phone) -> None:
    opened = (await opens(reader.live, citizen)).json()
    assert opened["version_code"] == 1
    headers = {"Authorization": f"Bearer {opened['access_token']}"}
    async with httpx.AsyncClient(base_url=reader.live.base, timeout=60) as http:
        answer = await http.get(f"/v1/gw/{APP}/greetings", headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"items": []}), answer.text
    states = {one["code"]: one["state"] for one in (await reader.hs("status"))["versions"]}
    assert states == {1: "live"}


async def it_rolled_back(reader: Reader, citizen: Phone) -> None:
    states = {one["code"]: one["state"] for one in (await reader.hs("status"))["versions"]}
    assert states[1] == "live"
    assert states[2] not in {"canary", "live"}
    assert (await opens(reader.live, citizen)).json()["version_code"] == 1


async def messages_came(reader: Reader, _: Phone) -> None:
    async def delivered() -> bool:
        listed = (await reader.hs("webhook list"))["items"]
        return bool(listed) and all(one["state"] == "delivered" for one in listed)

    await reader.run("hs logs --json")
    passed = [json.loads(line) for line in reader.said.strip().splitlines()]
    assert {"method": "GET", "status": 200, "version_code": 1}.items() <= passed[0].items(), passed
    assert "calls" in (await reader.hs("usage"))["total"]
    await until(delivered, seconds=60, what="the test event and its repetition reach the backend")


CHECKS = {"6": it_is_live, "7": it_rolled_back, "8": messages_came}
