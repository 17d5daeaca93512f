"""What an app may keep for a person, and codes that open one attribute once: limits, races, strangers, and what the person sees."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from hanoismart import clock, tokens
from hanoismart.client import Hub, HubRefused
from identity.api import consent
from identity.disclosures.models import Disclosure
from identity.people import vault
from identity.people.models import Attribute
from plugins.api import privacy
from plugins.codes.models import AttributeCode
from plugins.launch.models import Launch
from plugins.storage.models import StoredValue
from plugins.storage.service import LIMIT, VALUE_LIMIT
from tests.support.miniapps import APP, SmallHub, installed, manifest

KEY, OTHER = tokens.new_key(), tokens.new_key()
BUS = "vn.hanoi.bus"
ASKED = [{"scope": "phone", "optional": True, "purpose": {"vi": "Gọi khi có sự cố", "en": "Call you in an incident"}}]
STORAGE = f"/v1/miniapps/{APP}/storage"


@pytest_asyncio.fixture
async def backend(hub: SmallHub) -> AsyncIterator[Hub]:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]))
        await installed(session, manifest(scopes=ASKED) | {"app_id": BUS}, jwks=tokens.public_jwks([OTHER]))
    client = hub.backend(KEY)
    yield client
    await client.close()


async def lan(hub: SmallHub) -> tuple[UUID, str, str]:
    """Lan has opened the app and agreed: her id, the name the app knows her by, and the launch's id."""
    person = await hub.signed_in()
    await hub.agree()
    opened = await hub.opened()
    launch = tokens.verify_launch(opened["launch_token"], keys=await hub.backend(KEY).keys(), app_id=APP, now=clock.now())
    return person, launch.subject, launch.grant.jti


async def refusal(hub: SmallHub, method: str, path: str, **more: object) -> tuple[int, str]:
    answer = await hub.client.request(method, path, json=more or None)
    return answer.status_code, answer.json().get("code", "")


async def test_a_page_keeps_and_finds_values_and_learns_how_much_room_is_left(hub: SmallHub, backend: Hub) -> None:
    await lan(hub)
    assert (await hub.client.put(f"{STORAGE}/spot", json={"value": {"level": 2, "note": "cạnh cột"}})).json()["size"] > 0
    await hub.client.put(STORAGE, json={"entries": {"a": 1, "b": [True, None]}})
    assert (await hub.client.get(f"{STORAGE}/spot")).json() == {"value": {"level": 2, "note": "cạnh cột"}}
    held = (await hub.client.get(STORAGE, params={"key": ["a", "b", "none"]})).json()
    assert held["keys"] == ["a", "b", "spot"]
    assert held["values"] == {"a": 1, "b": [True, None]}
    assert held["limit"] == LIMIT
    assert (await hub.client.delete(f"{STORAGE}/spot")).json()["size"] < held["size"]
    assert await refusal(hub, "GET", f"{STORAGE}/spot") == (404, "miniapps.storage_key_not_found")


async def test_page_and_backend_share_the_room_and_strangers_see_none_of_it(hub: SmallHub, backend: Hub) -> None:
    _, sub, _ = await lan(hub)
    await backend.call("PUT", f"/v1/backend/storage/{sub}/plate", json={"value": "29A-123.45"})
    assert (await hub.client.get(f"{STORAGE}/plate")).json() == {"value": "29A-123.45"}
    assert (await backend.call("GET", f"/v1/backend/storage/{sub}"))["keys"] == ["plate"]
    bus = hub.backend(OTHER, BUS)
    with pytest.raises(HubRefused) as refused:
        await bus.call("GET", f"/v1/backend/storage/{sub}/plate")
    assert refused.value.code == "backend.person_unknown"
    await bus.close()
    await hub.signed_in(name="Minh")
    assert await refusal(hub, "GET", f"{STORAGE}/plate") == (404, "miniapps.storage_key_not_found")
    assert await refusal(hub, "PUT", f"{STORAGE}/plate", value=1) == (409, "miniapps.never_opened")


async def test_the_room_has_walls(hub: SmallHub, backend: Hub) -> None:
    await lan(hub)
    assert await refusal(hub, "PUT", f"{STORAGE}/big", value="x" * VALUE_LIMIT) == (413, "miniapps.storage_value_too_large")
    for number in range(16):
        filled = await hub.client.put(f"{STORAGE}/{number}", json={"value": "x" * (VALUE_LIMIT - 200)})
        assert filled.status_code == 200, filled.text
    assert await refusal(hub, "PUT", f"{STORAGE}/one-more", value="x" * 8000) == (413, "miniapps.storage_full")
    assert await refusal(hub, "GET", f"{STORAGE}/one-more") == (404, "miniapps.storage_key_not_found")
    assert (await hub.client.put(f"{STORAGE}/0", json={"value": "less"})).status_code == 200
    for key in ("k" * 129, "với dấu", "a b"):
        assert (await hub.client.put(f"{STORAGE}/{key}", json={"value": 1})).status_code == 422


async def test_two_writers_at_once_do_not_overrun_the_limit(hub: SmallHub, backend: Hub) -> None:
    await lan(hub)
    half = {str(number): "x" * 60_000 for number in range(9)}
    answers = await asyncio.gather(
        *(hub.client.put(STORAGE, json={"entries": {f"{side}{key}": value for key, value in half.items()}}) for side in "ab")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 413]
    assert (await hub.client.get(STORAGE)).json()["size"] <= LIMIT


async def test_leaving_takes_everything_along_and_a_copy_is_given_before(hub: SmallHub, backend: Hub) -> None:
    person, _, _ = await lan(hub)
    await hub.client.put(f"{STORAGE}/spot", json={"value": 7})
    await hub.client.post(f"/v1/miniapps/{APP}/codes", json={"scope": "phone"})
    async with hub.database.transaction() as session:
        assert [row["value"] for row in (await privacy.export(session, person))["stored"]] == ["7"]
        await privacy.erase(session, person)
    async with hub.database.session() as session:
        for table in (StoredValue, AttributeCode, Launch):
            assert list(await session.scalars(select(table).where(table.person_id == person))) == []


async def test_a_code_opens_a_phone_number_once_and_the_person_sees_it(hub: SmallHub, backend: Hub) -> None:
    person, sub, _ = await lan(hub)
    given = (await hub.client.post(f"/v1/miniapps/{APP}/codes", json={"scope": "phone"})).json()
    assert given["expires_in"] == 120
    redeemed = await backend.call("POST", "/v1/backend/codes/redeem", json={"code": given["code"]})
    assert (redeemed["sub"], redeemed["scope"]) == (sub, "phone")
    assert redeemed["values"]["phone"].startswith("+84")
    async with hub.database.session() as session:
        (row,) = await session.scalars(select(Disclosure).where(Disclosure.person_id == person))
        (kept,) = await session.scalars(select(AttributeCode))
    assert row.attributes == ["phone"]
    assert given["code"].encode() not in kept.hash
    with pytest.raises(HubRefused) as refused:
        await backend.call("POST", "/v1/backend/codes/redeem", json={"code": given["code"]})
    assert refused.value.code == "backend.code_refused"


async def test_of_many_who_redeem_at_once_one_is_told(hub: SmallHub, backend: Hub) -> None:
    await lan(hub)
    code = (await hub.client.post(f"/v1/miniapps/{APP}/codes", json={"scope": "phone"})).json()["code"]
    tries = [backend.call("POST", "/v1/backend/codes/redeem", json={"code": code}) for _ in range(5)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, dict) for one in outcomes) == 1
    async with hub.database.session() as session:
        assert len(list(await session.scalars(select(Disclosure)))) == 1


async def test_a_code_is_for_one_app_two_minutes_and_as_long_as_the_person_agrees(hub: SmallHub, backend: Hub) -> None:
    person, _, _ = await lan(hub)

    async def code() -> str:
        return str((await hub.client.post(f"/v1/miniapps/{APP}/codes", json={"scope": "phone"})).json()["code"])

    async def refused(client: Hub, given: str) -> str:
        with pytest.raises(HubRefused) as refusal:
            await client.call("POST", "/v1/backend/codes/redeem", json={"code": given})
        return refusal.value.code

    bus = hub.backend(OTHER, BUS)
    assert await refused(bus, await code()) == "backend.code_refused"
    await bus.close()
    late = await code()
    async with hub.database.transaction() as session:
        await session.execute(update(AttributeCode).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert await refused(backend, late) == "backend.code_refused"
    burnt = await code()
    async with hub.database.transaction() as session:
        await consent.withdraw(session, person, APP)
    assert await refused(backend, burnt) == "backend.code_no_longer_agreed"
    assert await refused(backend, burnt) == "backend.code_refused"
    assert await refusal(hub, "POST", f"/v1/miniapps/{APP}/codes", scope="phone") == (403, "backend.not_agreed")
    assert await refusal(hub, "POST", f"/v1/miniapps/{APP}/codes", scope="profile.name") == (422, "miniapps.scope_not_by_code")


async def test_a_launch_is_used_once_whoever_comes_first(hub: SmallHub, backend: Hub) -> None:
    _, _, jti = await lan(hub)
    answers = await asyncio.gather(*(backend.call("POST", f"/v1/backend/launches/{jti}/use") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, dict) for one in answers) == 1
    assert {one.code for one in answers if isinstance(one, HubRefused)} == {"backend.launch_used"}
    bus = hub.backend(OTHER, BUS)
    with pytest.raises(HubRefused) as refused:
        await bus.call("POST", f"/v1/backend/launches/{jti}/use")
    assert refused.value.code == "backend.launch_not_found"
    await bus.close()


SEALED = {
    "address": (Attribute.ADDRESS, "36 Hàng Bông, Hoàn Kiếm", "36 Hàng Bông, Hoàn Kiếm"),
    "email": (Attribute.EMAIL, "lan@example.vn", "lan@example.vn"),
    "personal_number.last4": (Attribute.IDENTITY_NUMBER, "001199012345", "2345"),
}


@pytest.mark.parametrize("scope", SEALED)
async def test_a_code_opens_that_attribute_alone_and_is_in_no_token(hub: SmallHub, scope: str) -> None:
    attribute, kept, told = SEALED[scope]
    purpose = {"vi": "Giao hàng tận nhà", "en": "Bring the goods home"}
    asked = [{"scope": one, "optional": True, "purpose": purpose} for one in ("phone", scope)]
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=asked), jwks=tokens.public_jwks([KEY]))
    person, sub, _ = await lan(hub)
    async with hub.database.transaction() as session:
        await vault.seal(session, person, {attribute: kept})
    opened = await hub.opened()
    for token in (opened["launch_token"], opened["access_token"]):
        said = base64.urlsafe_b64decode(token.split(".")[1] + "==").decode()
        assert kept not in said
        assert told not in json.loads(said).values()
    backend = hub.backend(KEY)
    given = (await hub.client.post(f"/v1/miniapps/{APP}/codes", json={"scope": scope})).json()
    redeemed = await backend.call("POST", "/v1/backend/codes/redeem", json={"code": given["code"]})
    assert redeemed == {"sub": sub, "scope": scope, "values": {scope: told}}
    (mine,) = (await hub.client.get("/v1/me/disclosures")).json()["items"]
    assert mine["attributes"] == [attribute.value]
    with pytest.raises(HubRefused):
        await backend.call("POST", "/v1/backend/codes/redeem", json={"code": given["code"]})
    await backend.close()
