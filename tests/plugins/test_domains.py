"""Domains: shown by a record in the DNS, once for one organisation, and looked at again for as long as they give names."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from hanoismart.clock import FixedClock, now, use
from hanoismart.server.jobs import Run
from plugins import settings as plugin_settings
from plugins.developers.jobs import look_at_domains
from plugins.developers.models import DomainProof, ProofState
from tests.support.dns import NameServer, name_server
from tests.support.miniapps import SmallHub
from tests.support.publishing import studio


@pytest_asyncio.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NameServer]:
    async with name_server() as server:
        monkeypatch.setenv("HANOISMART_DNS_SERVER", server.address)
        plugin_settings.settings.cache_clear()
        yield server
    plugin_settings.settings.cache_clear()


async def company(house: SmallHub, code: str) -> str:
    """The domains of a company; its developer calls."""
    async with house.database.transaction() as session:
        made = await studio(session, code=code)
    await house.signed_in(person_id=made.developer_id)
    return f"/v1/dev/organisations/{made.organisation_id}/domains"


async def test_a_record_in_the_dns_gives_a_name_to_one_organisation(house: SmallHub, names: NameServer) -> None:
    domains = await company(house, "0101234567")
    claimed = (await house.client.post(domains, json={"domain": "Shop.Example.vn."})).json()
    assert (claimed["domain"], claimed["state"], claimed["dns_name"]) == ("shop.example.vn", "pending", "_hanoismart.shop.example.vn")
    early = await house.client.post(f"{domains}/shop.example.vn/check")
    assert (early.status_code, early.json()["code"], early.json()["dns_value"]) == (409, "developers.domain_unproven", claimed["dns_value"])
    names.records[claimed["dns_name"]] = ["something else"]
    assert (await house.client.post(f"{domains}/shop.example.vn/check")).status_code == 409
    names.records[claimed["dns_name"]] = [claimed["dns_value"]]
    assert (await house.client.post(f"{domains}/shop.example.vn/check")).json()["state"] == "verified"
    app = {"app_id": "vn.example.shop.tea", "name_vi": "Trà chiều", "name_en": "Afternoon tea"}
    assert (await house.client.post(domains.replace("/domains", "/apps"), json=app)).status_code == 201
    theirs = await company(house, "0309876543")
    other = (await house.client.post(theirs, json={"domain": "shop.example.vn"})).json()
    assert other["dns_value"] != claimed["dns_value"]
    names.records[other["dns_name"]].append(other["dns_value"])
    taken = await house.client.post(f"{theirs}/shop.example.vn/check")
    assert (taken.status_code, taken.json()["code"]) == (409, "developers.domain_taken")
    names.records[other["dns_name"]] = [other["dns_value"]]  # sold: the first company's record is gone
    assert (await house.client.post(f"{theirs}/shop.example.vn/check")).json()["state"] == "verified"
    assert (await house.client.post(f"{theirs}/none.example.vn/check")).status_code == 404


@pytest.mark.parametrize("domain", ["com.vn", "gov.vn", "localhost", "under_score.vn", "127.0.0.1", "a..vn", "-x.vn"])
async def test_what_is_nobodys_domain_is_refused(house: SmallHub, domain: str) -> None:
    domains = await company(house, "0101234567")
    refused = await house.client.post(domains, json={"domain": domain})
    assert (refused.status_code, refused.json()["code"]) == (422, "developers.domain_invalid")


@pytest.mark.parametrize(
    "suffix", ["hanoi.vn", "co.uk", "GitHub.io.", "vercel.app", "blogspot.com", "s3.amazonaws.com", "any.ck", "id.vn", "nobodys-tld-yet"]
)
async def test_what_strangers_register_names_under_is_nobodys_domain(house: SmallHub, suffix: str) -> None:
    domains = await company(house, "0101234567")
    refused = await house.client.post(domains, json={"domain": suffix})
    assert (refused.status_code, refused.json()["code"]) == (422, "developers.domain_invalid")
    mine = await house.client.post(domains, json={"domain": f"gocpho.{suffix}"})
    assert (mine.status_code, mine.json()["domain"]) == (201, f"gocpho.{suffix}".rstrip(".").lower())


async def test_a_domain_that_became_everybodys_lapses(house: SmallHub, names: NameServer) -> None:
    domains = await company(house, "0101234567")
    async with house.database.transaction() as session:
        long_ago = now() - timedelta(days=31)
        proof = DomainProof(organisation_id=UUID(domains.split("/")[4]), domain="vercel.app", token="t", state=ProofState.VERIFIED)
        proof.verified_at = proof.checked_at = long_ago
        session.add(proof)
    names.records["_hanoismart.vercel.app"] = ["hanoismart-verification=t"]
    await look_at_domains(Run({}, 0, house.database, {}))
    assert (await house.client.get(domains)).json()["items"][0]["state"] == "lapsed"


async def test_a_proof_that_is_gone_lapses(house: SmallHub, names: NameServer) -> None:
    domains = await company(house, "0101234567")
    claimed = (await house.client.post(domains, json={"domain": "example.vn"})).json()
    names.records[claimed["dns_name"]] = [claimed["dns_value"]]
    assert (await house.client.post(f"{domains}/example.vn/check")).json()["state"] == "verified"
    organisation_id = UUID(domains.split("/")[4])
    for days, there, state in ((29, False, "verified"), (31, True, "verified"), (31, False, "lapsed")):
        if not there:
            names.records.pop(claimed["dns_name"], None)
        with use(FixedClock(now() + timedelta(days=days))):
            await look_at_domains(Run({}, 0, house.database, {}))
        names.records[claimed["dns_name"]] = [claimed["dns_value"]]
        async with house.database.transaction() as session:
            proof = await session.get_one(DomainProof, (organisation_id, "example.vn"))
            assert proof.state == state
            proof.checked_at = now()
