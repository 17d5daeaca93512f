"""The code in docs/mobile runs, word for word, against a real hub."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest_asyncio

from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.main import Hub
from identity.proofing import enrolments
from kernel.embedded import Servers
from tests.support.hubs import BASE, calling, running_hub
from tests.support.people import a_person

DOCS = Path(__file__).parents[2] / "docs/mobile"
_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest_asyncio.fixture
async def hub(cloned_url: str, servers: Servers) -> AsyncIterator[Hub]:
    async with running_hub(cloned_url, servers.redis_url) as hub:
        yield hub


def blocks(page: str) -> list[str]:
    found = _BLOCK.findall((DOCS / page).read_text())
    assert found
    return [str(block) for block in found]


async def test_the_pages_on_sign_in_and_calling_work(hub: Hub) -> None:
    async with calling(hub) as http:
        async with hub.process.database.transaction() as session:
            secret = await enrolments.issue(session, await a_person(session, name="Lan"))
        browser = Phone(http, SoftwarePasskey(BASE))
        await browser.enrol(secret)

        async def open_browser(url: str) -> str:
            return await browser.browse(parse_qs(urlsplit(url).query)["request_uri"][0])

        told: dict[str, Any] = {"BASE": BASE, "open_browser": open_browser}
        for block in [*blocks("sign-in.md"), *blocks("calling.md")]:
            exec(compile(block, "docs", "exec"), told)  # noqa: S102 (running the documentation is the test)
        tokens = await told["sign_in"](http)
        assert (await told["call"](http, "GET", "/v1/me", tokens["access_token"])).json()["display_name"] == "Lan"
        again = await told["refresh"](http, tokens["refresh_token"])
        listed = [item async for item in told["every_item"](http, "/v1/me/disclosures", again["access_token"])]
        assert listed == []
        await told["sign_out"](http, tokens["id_token"])
        await hub.process.revocations.read()
        assert (await told["call"](http, "GET", "/v1/me", again["access_token"])).status_code == 401


def test_every_link_in_the_documentation_leads_somewhere() -> None:
    root = DOCS.parents[1]
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken
