"""Domains shown by a file at their own address: over real HTTPS, under an authority that is believed, and never at anything inside."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from starlette.responses import PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from kernel.settings import UnsafeSettings
from plugins import settings as plugin_settings
from plugins.developers import proving
from plugins.settings import PluginsSettings
from tests.plugins.test_domains import company
from tests.support.authorities import Authority
from tests.support.dns import NameServer, name_server
from tests.support.miniapps import SmallHub
from tests.support.sockets import listening

DOMAIN = "shop.example.vn"


@dataclass
class Site:
    """The web server of the domain: its texts by path."""

    names: NameServer
    texts: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    moved_to: str | None = None
    dripping: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"])[b"host"].decode().partition(":")[0]
        self.asked.append(f"{scope['scheme']}://{host}{scope['path']}")
        if self.moved_to is not None:
            await RedirectResponse(self.moved_to)(scope, receive, send)
        elif self.dripping:
            await StreamingResponse(self._drops(scope["path"]), media_type="text/plain")(scope, receive, send)
        elif scope["path"] in self.texts:
            await PlainTextResponse(self.texts[scope["path"]])(scope, receive, send)
        else:
            await PlainTextResponse("", status_code=404)(scope, receive, send)

    async def _drops(self, path: str) -> AsyncIterator[str]:
        """The right text, and then a space now and then for as long as somebody reads."""
        yield self.texts[path]
        while True:
            await asyncio.sleep(0.1)
            yield " "


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest_asyncio.fixture
async def site(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """Standing under its own certificate; its name means this machine, and the authority is believed."""
    async with name_server() as names:
        there = Site(names)
        async with listening(there, certificate=authority.certificate(DOMAIN)) as url:
            names.addresses[DOMAIN] = "127.0.0.1"
            monkeypatch.setenv("HANOISMART_DNS_SERVER", names.address)
            monkeypatch.setenv("HANOISMART_PROOF_PORT", str(urlsplit(url).port))
            monkeypatch.setenv("HANOISMART_PROOF_AUTHORITIES", str(authority.trusted))
            plugin_settings.settings.cache_clear()
            yield there
    plugin_settings.settings.cache_clear()


async def claimed(house: SmallHub, site: Site) -> str:
    """Where the check is asked for; the file stands at the domain already."""
    domains = await company(house, "0101234567")
    told = (await house.client.post(domains, json={"domain": DOMAIN})).json()
    site.texts[urlsplit(told["well_known_url"]).path] = f"# HanoiSmart\n{told['dns_value']}\n"
    return f"{domains}/{DOMAIN}/check"


async def unproven(house: SmallHub, check: str) -> bool:
    answer = await house.client.post(check)
    assert (answer.status_code, answer.json()["code"]) == (409, "developers.domain_unproven")
    return True


async def test_a_file_at_the_domain_proves_it(house: SmallHub, site: Site) -> None:
    check = await claimed(house, site)
    assert (await house.client.post(check)).json()["state"] == "verified"
    assert site.asked == [f"https://{DOMAIN}/.well-known/hanoismart-verification.txt"]
    app = {"app_id": "vn.example.shop.tea", "name_vi": "Trà chiều", "name_en": "Afternoon tea"}
    assert (await house.client.post(check.partition("/domains")[0] + "/apps", json=app)).status_code == 201


async def test_another_text_or_a_long_one_proves_nothing(house: SmallHub, site: Site) -> None:
    check = await claimed(house, site)
    ((path, right),) = site.texts.items()
    for wrong in (
        "hanoismart-verification=another",
        right.replace("=", "= "),
        right.replace("-verification", "-verification-"),
        "." * 5_000 + " " + right,
    ):
        site.texts[path] = wrong
        assert await unproven(house, check)
    site.texts[path] = right
    assert (await house.client.post(check)).json()["state"] == "verified"


async def test_a_file_that_never_ends_holds_nobody_up(house: SmallHub, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    check = await claimed(house, site)
    monkeypatch.setattr(proving, "SECONDS", 1.0)
    site.dripping = True
    async with asyncio.timeout(30):  # at a byte each tenth of a second, the cap on its size is minutes away
        assert await unproven(house, check)


async def test_a_redirect_is_not_followed(house: SmallHub, site: Site) -> None:
    check = await claimed(house, site)
    ((path, right),) = site.texts.items()
    site.texts["/elsewhere"] = right
    site.moved_to = "/elsewhere"
    assert await unproven(house, check)
    assert {urlsplit(one).path for one in site.asked} == {path}


async def test_an_authority_nobody_believes_proves_nothing(house: SmallHub, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    check = await claimed(house, site)
    monkeypatch.delenv("HANOISMART_PROOF_AUTHORITIES")
    plugin_settings.settings.cache_clear()
    assert await unproven(house, check)
    assert site.asked == []


async def test_a_certificate_for_another_name_proves_nothing(
    house: SmallHub, site: Site, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = await claimed(house, site)
    async with listening(site, certificate=authority.certificate("other.example.vn")) as url:
        monkeypatch.setenv("HANOISMART_PROOF_PORT", str(urlsplit(url).port))
        plugin_settings.settings.cache_clear()
        assert await unproven(house, check)
    assert site.asked == []


async def test_in_production_a_name_that_means_something_inside_is_not_called(
    house: SmallHub, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = await claimed(house, site)
    monkeypatch.setattr(PluginsSettings, "inward_calls", False)
    for inside in ("127.0.0.1", "10.0.0.1", "169.254.169.254"):
        site.names.addresses[DOMAIN] = inside
        assert await unproven(house, check)
    assert site.asked == []


def test_production_reads_proofs_at_the_port_of_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PluginsSettings(environment="production").inward_calls is False
    with pytest.raises(UnsafeSettings):
        PluginsSettings(environment="production", proof_port=8443)
