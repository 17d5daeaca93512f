"""Registering clients: by developers and by officers, checked, let in, shut out; and what an app learns of its versions."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey

from app.demo.devices.mobile import CLIENT_ID, Phone
from app.main import Hub
from hanoismart.server.jobs import Run
from hanoismart.text import Text
from identity.access.models import Role
from identity.access.service import grant_role
from identity.api.mandates import first_administrator
from identity.clients import documents
from identity.clients import jobs as client_jobs
from identity.oauth.resources import hub_resource
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from kernel.embedded import Servers
from tests.support.hubs import calling, phone_of, running_hub
from tests.support.parties import listening_party
from tests.support.partners import Browser, Partner, query
from tests.support.work import run_jobs

KEY = ECKey.generate_key("P-256", {"kid": "p1"}, private=True)
BODY: dict[str, Any] = {
    "name": {"vi": "Thư viện", "en": "Library"},
    "redirect_uris": ["https://partner.example/callback"],
    "scopes": ["openid", "profile"],
    "purposes": {"profile": {"vi": "Làm thẻ", "en": "To make a card"}},
    "jwks": {"keys": [KEY.as_dict(private=False)]},
}


@pytest_asyncio.fixture
async def hub(cloned_url: str, servers: Servers) -> AsyncIterator[Hub]:
    async with running_hub(cloned_url, servers.redis_url) as hub:
        yield hub


@pytest_asyncio.fixture
async def http(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(hub) as client:
        yield client


async def a_developer(hub: Hub, http: httpx.AsyncClient, code: str = "H26.99") -> tuple[Phone, str]:
    """Somebody who administers an organisation, and its id."""
    phone = await phone_of(hub.process, http, name="Hòa")
    me = UUID((await phone.call("GET", "/v1/me")).json()["id"])
    async with hub.process.database.transaction() as session:
        found = await organisations.ensure(session, code, Text(vi="Thư viện", en="Library"), OrganisationKind.AGENCY)
        await first_administrator(session, found.id, me, confirmed_by=None)
    return phone, str(found.id)


async def an_officer(hub: Hub, http: httpx.AsyncClient) -> Phone:
    phone = await phone_of(hub.process, http, name="Thu")
    me = UUID((await phone.call("GET", "/v1/me")).json()["id"])
    async with hub.process.database.transaction() as session:
        await grant_role(session, me, Role.ADMINISTRATOR, granted_by=None)
    return phone


async def test_a_client_works_once_an_officer_let_it_in_and_no_longer_when_shut_out(hub: Hub, http: httpx.AsyncClient) -> None:
    (developer, organisation), officer = await a_developer(hub, http), await an_officer(hub, http)
    made = (await developer.call("POST", f"/v1/organisations/{organisation}/clients", json=BODY)).json()
    assert made["state"] == "pending"
    partner = Partner(http, client_id=made["client_id"], key=KEY)
    assert (await partner.push()).json()["error"] == "invalid_client"
    path = f"/v1/staff/clients/{made['client_id']}/state"
    assert (await officer.call("PUT", path, json={"state": "active"})).status_code == 204
    lan = Browser.of(await phone_of(hub.process, http))
    given = await partner.sign_in(lan)
    assert (await partner.userinfo(given["access_token"])).status_code == 200
    assert (await officer.call("PUT", path, json={"state": "suspended"})).status_code == 204
    await hub.process.revocations.read()
    assert (await partner.userinfo(given["access_token"])).status_code == 401
    assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_client"


async def test_strangers_and_other_organisations_see_nothing(hub: Hub, http: httpx.AsyncClient) -> None:
    (developer, organisation), (other, theirs) = await a_developer(hub, http), await a_developer(hub, http, "H26.98")
    made = (await developer.call("POST", f"/v1/organisations/{organisation}/clients", json=BODY)).json()
    assert (await other.call("GET", f"/v1/organisations/{organisation}/clients")).status_code == 404
    path = f"/v1/organisations/{theirs}/clients/{made['client_id']}"
    assert (await other.call("PATCH", path, json={"policy_uri": "https://x.example/policy"})).status_code == 404
    assert (await other.call("POST", "/v1/staff/clients", json=BODY)).status_code == 403
    listed = (await developer.call("GET", f"/v1/organisations/{organisation}/clients")).json()["items"]
    assert [row["client_id"] for row in listed] == [made["client_id"]]


async def test_what_is_wrong_is_named_by_field(hub: Hub, http: httpx.AsyncClient) -> None:
    developer, organisation = await a_developer(hub, http)
    private = {"keys": [KEY.as_dict(private=True)]}
    wrong: dict[str, dict[str, Any]] = {
        "redirect_uris": {"redirect_uris": ["hanoi-library://callback"]},
        "jwks": {"jwks": private},
        "purposes": {"purposes": {}},
        "backchannel_logout_uri": {"backchannel_logout_uri": "ftp://partner.example/x"},
        "sector_identifier_uri": {"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]},
    }
    for field, bent in wrong.items():
        answer = await developer.call("POST", f"/v1/organisations/{organisation}/clients", json=BODY | bent)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "clients.registration_refused", field)
    both = BODY | {"jwks_uri": "https://partner.example/jwks"}
    assert (await developer.call("POST", f"/v1/organisations/{organisation}/clients", json=both)).json()["field"] == "jwks"


async def test_keys_behind_an_address_are_read_before_an_officer_can_let_it_in_and_again_later(hub: Hub, http: httpx.AsyncClient) -> None:
    (developer, organisation), officer = await a_developer(hub, http), await an_officer(hub, http)
    async with listening_party() as party:
        body = {name: value for name, value in BODY.items() if name != "jwks"} | {"jwks_uri": f"{party.base}/documents/jwks"}
        made = (await developer.call("POST", f"/v1/organisations/{organisation}/clients", json=body)).json()
        state = f"/v1/staff/clients/{made['client_id']}/state"
        assert (await officer.call("PUT", state, json={"state": "active"})).json()["code"] == "clients.not_ready"
        await run_jobs(hub.process.database, "clients.read_documents")
        assert (await officer.call("PUT", state, json={"state": "active"})).json()["problem"] == "jwks_uri"
        party.served["jwks"] = BODY["jwks"]
        await developer.call("PATCH", f"/v1/organisations/{organisation}/clients/{made['client_id']}", json={"jwks_uri": body["jwks_uri"]})
        await run_jobs(hub.process.database, "clients.read_documents")
        assert (await officer.call("PUT", state, json={"state": "active"})).status_code == 204
        partner = Partner(http, client_id=made["client_id"], key=KEY)
        back = await Browser.of(await phone_of(hub.process, http)).go(partner.client_id, await partner.request_uri())
        assert "code" in query(back)


async def test_an_app_learns_which_of_its_versions_work(hub: Hub, http: httpx.AsyncClient) -> None:
    officer = await an_officer(hub, http)
    path = f"/v1/app-releases/{CLIENT_ID}/android"
    assert (await http.get(path)).json()["code"] == "clients.release_not_found"
    release = {
        "minimum": "2.4",
        "latest": "2.10.1",
        "store_url": "https://store.example/hanoismart",
        "message": {"vi": "Hãy cập nhật ứng dụng", "en": "Please update the app"},
    }
    assert (await officer.call("PUT", f"/v1/staff/clients/{CLIENT_ID}/releases/android", json=release)).status_code == 200
    for version, update in (("2.3.9", "required"), ("2.4", "offered"), ("2.9", "offered"), ("2.10.1", "none"), ("3", "none")):
        assert (await http.get(path, params={"version": version})).json()["update"] == update, version
    assert (await http.get(path, params={"version": "new"})).json()["code"] == "clients.version_refused"
    wrong = await officer.call("PUT", f"/v1/staff/clients/{CLIENT_ID}/releases/android", json=release | {"minimum": "9"})
    assert wrong.json()["code"] == "clients.version_refused"


@pytest.mark.parametrize(
    "address",
    [
        f"https://{'a.' * 110}example/sector.json",
        f"https://{'a' * 64}.example/",
        "https://%00.example/",
        "https://[fe80::1%25eth0]/",
        "https://a..example/",
        "https://a.example;script-src/",
    ],
)
async def test_a_name_that_no_resolver_takes_is_refused(hub: Hub, http: httpx.AsyncClient, address: str) -> None:
    officer = await an_officer(hub, http)
    for field in ("sector_identifier_uri", "backchannel_logout_uri", "logo_uri"):
        answer = await officer.call("POST", "/v1/staff/clients", json=BODY | {field: address})
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "clients.registration_refused", field)
    answer = await officer.call("POST", "/v1/staff/clients", json=BODY | {"redirect_uris": [address]})
    assert answer.status_code == 422


async def test_nobody_answers_for_the_hubs_own_resource(hub: Hub, http: httpx.AsyncClient) -> None:
    officer = await an_officer(hub, http)
    made = (await officer.call("POST", "/v1/staff/clients", json=BODY)).json()
    for resource in (hub_resource(), f"{hub_resource()}/me"):
        answer = await officer.call(
            "PUT", f"/v1/staff/clients/{made['client_id']}/resources", json={"resource": resource, "scopes": ["openid"]}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "clients.resource_taken")


async def test_redirects_at_several_hosts_need_their_document_later_too(hub: Hub, http: httpx.AsyncClient) -> None:
    officer = await an_officer(hub, http)
    made = (await officer.call("POST", "/v1/staff/clients", json=BODY)).json()
    wider = {"redirect_uris": ["https://partner.example/callback", "https://elsewhere.example/callback"]}
    answer = await officer.call("PATCH", f"/v1/staff/clients/{made['client_id']}", json=wider)
    assert (answer.status_code, answer.json()["code"]) == (422, "clients.registration_refused")


async def test_keys_read_from_an_address_that_was_changed_meanwhile_count_no_more(
    hub: Hub, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await an_officer(hub, http)
    spec = {name: value for name, value in BODY.items() if name != "jwks"} | {"jwks_uri": "https://partner.example/jwks"}
    made = (await officer.call("POST", "/v1/staff/clients", json=spec)).json()
    path = f"/v1/staff/clients/{made['client_id']}"
    stolen = ECKey.generate_key("P-256", {"kid": "old"}, private=True).as_dict(private=False)

    async def read(_addresses: documents.Addresses) -> documents.Read:
        assert (await officer.call("PATCH", path, json={"jwks": BODY["jwks"]})).status_code == 200
        return documents.Read({"keys": [stolen]})

    monkeypatch.setattr(client_jobs, "read", read)
    await client_jobs.read_documents(Run({"client_id": made["client_id"]}, 0, hub.process.database, {}))
    assert (await officer.call("GET", path)).json()["jwks"] == BODY["jwks"]
