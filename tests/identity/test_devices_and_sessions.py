"""Where a person is signed in: devices bound by their key, sessions listed and ended from anywhere, and the lock by HTTP."""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.demo.devices.mobile import Phone, SignInFailed
from app.main import Hub
from identity.devices.models import Device
from identity.devices.routes import router
from identity.oauth.models import Grant
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession
from kernel.models import EventRow
from tests.support.apps import served
from tests.support.hubs import database_of, phone_of
from tests.support.people import a_person, a_sign_in

MINE = {"name": "Điện thoại của Lan", "platform": "android", "integrity": "genuine"}


async def bound(hub: Hub, web: httpx.AsyncClient) -> tuple[Phone, str]:
    phone = await phone_of(hub.process, web)
    answer = await phone.call("POST", "/v1/me/devices", json=MINE)
    assert answer.status_code == 201, answer.text
    return phone, str(answer.json()["id"])


async def test_a_device_is_bound_by_the_key_of_its_proof_and_its_sign_ins_hang_on_it(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone, device = await bound(whole_hub, web)
    again = (await phone.call("POST", "/v1/me/devices", json=MINE)).json()
    assert (again["id"], again["integrity"], again["current"]) == (device, "genuine", True)
    await phone.sign_in(prompt="login")
    phone.cookies.clear()
    await phone.sign_in()
    (listed,) = (await phone.call("GET", "/v1/me/devices")).json()["items"]
    assert (listed["name"], listed["current"]) == ("Điện thoại của Lan", True)
    async with database_of(whole_hub).session() as session:
        row = await session.get_one(Device, UUID(device))
        assert row.jkt == phone.dpop.thumbprint
        assert row.public_jwk == {name: phone.dpop.key.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
        assert set(await session.scalars(select(SignInSession.device_id))) == {row.id}
        told = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.security_notice"))
        assert [each["kind"] for each in told].count("device_added") == 1
    sessions_ = (await phone.call("GET", "/v1/me/sessions")).json()["items"]
    assert {each["device"] for each in sessions_} == {"Điện thoại của Lan"}


async def test_a_device_bound_many_times_at_once_is_one_and_is_told_once(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone = await phone_of(whole_hub.process, web)
    answers = await asyncio.gather(*(phone.call("POST", "/v1/me/devices", json=MINE) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    async with database_of(whole_hub).session() as session:
        told = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.security_notice"))
        assert [each["kind"] for each in told].count("device_added") == 1


async def test_an_altered_device_is_not_bound(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone = await phone_of(whole_hub.process, web)
    answer = await phone.call("POST", "/v1/me/devices", json=MINE | {"integrity": "altered"})
    assert (answer.status_code, answer.json()["code"]) == (403, "devices.altered")
    assert (await phone.call("GET", "/v1/me/devices")).json()["items"] == []


async def test_a_call_without_a_proof_binds_nothing(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    database = database_of(whole_hub)
    async with database.transaction() as session:
        lan = await a_person(session)
        session_id = await a_sign_in(session, lan)
    async with served(database, [router], parts={"integrity": whole_hub.process.runtime.parts["integrity"]}) as hub:
        hub.caller.person(lan, session_id=session_id)
        answer = await hub.client.post("/v1/me/devices", json=MINE, headers={"DPoP": "a.b.c"})
    assert answer.json()["code"] == "devices.unproved"


async def test_ending_a_device_kills_its_sessions_and_families_within_seconds(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone, device = await bound(whole_hub, web)
    other = Phone(web, phone.passkey)
    await other.sign_in()
    assert (await other.call("DELETE", f"/v1/me/devices/{device}")).status_code == 204
    await whole_hub.process.revocations.read()  # every process reads it each second
    assert (await phone.call("GET", "/v1/me")).status_code == 401
    with pytest.raises(SignInFailed, match="invalid_grant"):
        await phone.refresh()
    assert (await other.call("GET", "/v1/me")).status_code == 200
    assert (await other.call("DELETE", f"/v1/me/devices/{device}")).status_code == 404
    async with database_of(whole_hub).session() as session:
        assert "device_ended" in set(await session.scalars(select(Grant.revoked_because)))


async def test_another_persons_devices_and_sessions_are_not_there(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone, device = await bound(whole_hub, web)
    (mine,) = (await phone.call("GET", "/v1/me/sessions")).json()["items"]
    minh = await phone_of(whole_hub.process, web, name="Minh")
    for method, path in (
        ("DELETE", f"/v1/me/devices/{device}"),
        ("PATCH", f"/v1/me/devices/{device}"),
        ("DELETE", f"/v1/me/sessions/{mine['id']}"),
    ):
        answer = await minh.call(method, path, **({"json": {"name": "x"}} if method == "PATCH" else {}))
        absent = await minh.call(
            method, path.rsplit("/", 1)[0] + f"/{UUID(int=7)}", **({"json": {"name": "x"}} if method == "PATCH" else {})
        )
        assert (answer.status_code, answer.json()["code"]) == (404, absent.json()["code"])
    assert (await phone.call("GET", "/v1/me")).status_code == 200


async def test_sessions_are_listed_ended_one_by_one_and_all_others_at_once(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone = await phone_of(whole_hub.process, web)
    others = [Phone(web, phone.passkey) for _ in range(3)]
    for each in others:
        await each.sign_in()
    listed = (await phone.call("GET", "/v1/me/sessions")).json()["items"]
    assert [each["current"] for each in listed] == [False, False, False, True]
    assert listed[0]["methods"] == ["hwk", "user"]
    assert (await phone.call("DELETE", f"/v1/me/sessions/{listed[0]['id']}")).status_code == 204
    await whole_hub.process.revocations.read()
    assert (await others[2].call("GET", "/v1/me")).status_code == 401
    assert (await phone.call("DELETE", "/v1/me/sessions")).json() == {"ended": 2}
    await whole_hub.process.revocations.read()
    assert [(await each.call("GET", "/v1/me")).status_code for each in (*others, phone)] == [401, 401, 401, 200]
    async with database_of(whole_hub).session() as session:
        reasons = list(await session.scalars(select(SignInSession.ended_because)))
    assert sorted(reasons, key=str) == [None, "person", "person", "person"]


async def test_the_lock_by_http(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone = await phone_of(whole_hub.process, web)
    other = Phone(web, phone.passkey)
    await other.sign_in()
    assert (await phone.call("POST", "/v1/me/lock")).json() == {"locked": True, "frozen_until": None}
    await whole_hub.process.revocations.read()
    assert (await other.call("GET", "/v1/me")).status_code == 401
    frozen = await phone.call("POST", "/v1/me/totp")
    assert (frozen.status_code, frozen.json()["code"]) == (403, "step_up.frozen")
    assert (await phone.call("DELETE", "/v1/me/lock")).json()["locked"] is False
    assert (await phone.call("POST", "/v1/me/totp")).status_code == 201


async def test_a_session_ended_twice_is_ended_once(whole_hub: Hub) -> None:
    async with database_of(whole_hub).transaction() as session:
        lan = await a_person(session)
        session_id = await a_sign_in(session, lan)
        assert await sessions.end(session, session_id, because="test")
        assert not await sessions.end(session, session_id, because="test")
