"""What the gateway keeps out and apart: inner addresses in every disguise, hostile headers, and apps that would starve the others."""

import asyncio
import socket
from typing import Any

import aiohttp
import httpx
import pytest
from starlette.types import Receive, Scope, Send

from hanoismart.gateway import Answer, CallFailed
from kernel import outbound
from kernel.outbound import GuardedResolver, GuardedTransport, InwardAddress, guarded_session
from plugins.gateway.rooms import Rooms
from plugins.gateway.stale import StaleAnswers
from plugins.registry.placement import Http
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.sockets import listening

OTHER = "vn.hanoi.bus"
INNER = ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "2130706433", "0x7f000001", "127.1", "0.0.0.0", "169.254.169.254")  # noqa: S104 (an address to refuse)


async def test_the_guard_stands_in_front_of_inner_addresses(echo: Echo) -> None:
    async with listening(echo) as url:
        port = url.rsplit(":", 1)[1]
        async with guarded_session(allow_inward=False) as http:
            for host in INNER:
                with pytest.raises((aiohttp.ClientError, OSError)):
                    await asyncio.wait_for(http.get(f"http://{host}:{port}/"), 5)
        async with httpx.AsyncClient(transport=GuardedTransport(allow_inward=False)) as slow:
            for host in ("127.0.0.1", "localhost"):
                with pytest.raises(httpx.ConnectError):
                    await slow.get(f"http://{host}:{port}/")
    assert echo.calls == []


def _answers(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A resolver that answers so, one list after the other; the names it was asked are collected."""
    asked: list[str] = []

    async def getaddrinfo(_self: object, host: str, port: int, **_options: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", getaddrinfo, raising=False)
    return asked


async def test_a_name_with_one_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(InwardAddress):
        await GuardedResolver(allow_inward=False).resolve("parking.example", 443)


async def test_a_name_that_changes_its_meaning_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: outward when it is judged, inward when it is asked again. It is asked once, and the judged address is called."""
    asked = _answers(monkeypatch, ["192.0.2.1"], ["127.0.0.1"])
    called: list[str] = []
    monkeypatch.setattr(outbound, "is_public", lambda address: address == "192.0.2.1")

    async def connect(*, addr_infos: list[Any], **_options: Any) -> socket.socket:
        called.extend(str(entry[4][0]) for entry in addr_infos)
        raise OSError("unreachable")

    monkeypatch.setattr("aiohappyeyeballs.start_connection", connect)
    async with guarded_session(allow_inward=False) as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get("http://parking.example/")
        assert (asked, called) == (["parking.example"], ["192.0.2.1"])
        with pytest.raises((aiohttp.ClientError, OSError)):  # each connection is judged anew
            await http.get("http://parking.example/")
    assert called == ["192.0.2.1"]


async def test_the_socket_itself_is_judged_last() -> None:
    """Whatever a resolver may say, a socket to an inner address is never made."""

    class Careless(GuardedResolver):
        async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[Any]:
            return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 6, "flags": socket.AI_NUMERICHOST}]

    async with guarded_session(allow_inward=False) as http:
        assert isinstance(http.connector, aiohttp.TCPConnector)
        http.connector._resolver = Careless(allow_inward=False)
        with pytest.raises((aiohttp.ClientError, OSError)):
            await http.get("http://parking.example/")


async def test_redirects_are_the_pages_affair_and_never_followed(hub: SmallHub, echo: Echo) -> None:
    async with listening(echo) as url:
        async with hub.database.transaction() as session:
            await installed(session, manifest(backend={"public": ["GET /parks"]}), Http(url))
        for target, told in (("http://127.0.0.1:1/admin", None), ("//evil.example/", None), ("/v1/parks?x=1", "/v1/parks?x=1")):
            echo.status, echo.headers = 302, [(b"location", target.encode()), (b"content-type", b"application/json")]
            answer = await hub.client.get(f"/v1/gw/{APP}/parks")
            assert (answer.status_code, answer.headers.get("location")) == (302, told)
    assert len(echo.calls) == 3


@pytest.mark.parametrize("outside_process", [False, True], ids=["in process", "over http"])
async def test_hostile_headers_do_not_cross(hub: SmallHub, echo: Echo, outside_process: bool) -> None:
    async with listening(echo) as url:
        async with hub.database.transaction() as session:
            await installed(session, manifest(backend={"public": ["GET /parks"]}), Http(url) if outside_process else None)
        hostile = {
            "Connection": "close, x-secret",
            "X-Secret": "1",
            "HS-Assertion": "forged",
            "X-Forwarded-Host": "evil.example",
            "X-Original-URL": "/admin",
            "Transfer-Encoding": "identity",
            "X_Under": "1",
            "Cookie": "sid=1",
            "Proxy": "http://evil.example",
            "X-Kept": "yes",
        }
        answer = await hub.client.get(f"/v1/gw/{APP}/parks", headers=hostile)
        assert answer.status_code == 200, answer.text
        seen = echo.calls[-1]["headers"]
        assert seen["x-kept"] == "yes"
        assert seen["hs-assertion"] != "forged"
        assert not {name.lower() for name in hostile if name not in {"X-Kept", "HS-Assertion", "Connection"}} & seen.keys()
        echo.headers = [(b"content-type", b"application/json"), (b"x-a", b"b\x00c")]
        if not outside_process:
            assert (await hub.client.get(f"/v1/gw/{APP}/parks")).json()["code"] == "gateway.answer_invalid"
        echo.headers = [
            (b"content-type", b"application/json"),
            (b"hs-stale", b"1"),
            (b"set-cookie", b"a=b"),
            (b"x-accel-redirect", b"/etc"),
        ]
        answer = await hub.client.get(f"/v1/gw/{APP}/parks")
        assert not {"hs-stale", "set-cookie", "x-accel-redirect"} & set(answer.headers)


@pytest.mark.parametrize(
    "path", ["/parks/../admin", "/parks/%2e%2e/admin", "/parks//admin", "/parks%00", "/parks;a=b", "/%5c%5cevil", "/parks\\x"]
)
async def test_ambiguous_paths_do_not_leave(hub: SmallHub, echo: Echo, path: str) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(backend={"public": ["GET /**"]}))
    assert await _raw(hub, f"/v1/gw/{APP}{path}") in {400, 404}
    assert echo.calls == []


async def _raw(hub: SmallHub, path: str) -> int:
    """The status of a path exactly as it is written: clients would mend it."""
    status = 0

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("::1", 1),
    }
    await hub.app(scope, receive, send)
    return status


async def test_one_slow_app_does_not_starve_another(hub: SmallHub, echo: Echo) -> None:
    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(20)

    hub.backends.apps[OTHER] = slow
    async with hub.database.transaction() as session:
        await installed(session, manifest(backend={"public": ["GET /parks"]}))
        await installed(session, manifest(backend={"public": ["GET /parks"], "timeout_ms": 1500}) | {"app_id": OTHER})
    room = hub.gateway._rooms.of(OTHER)
    room.calls = 3
    waiting = [asyncio.create_task(hub.client.get(f"/v1/gw/{OTHER}/parks")) for _ in range(5)]
    await asyncio.sleep(0.3)
    assert (await asyncio.wait_for(hub.client.get(f"/v1/gw/{APP}/parks"), 1)).status_code == 200
    codes = sorted([(await one).json()["code"] for one in waiting])
    assert codes == ["gateway.backend_timeout"] * 3 + ["gateway.busy"] * 2
    assert room.calls == 3


async def test_each_app_has_connections_of_its_own() -> None:
    rooms = Rooms(calls=2, streams=1, allow_inward=True)
    first, second = rooms.of("a"), rooms.of("b")
    assert first is rooms.of("a")
    assert first.session is not second.session
    first.open_stream()
    with pytest.raises(CallFailed):
        first.open_stream()
    await rooms.close()


async def test_a_call_that_does_not_fit_never_leaves(hub: SmallHub, echo: Echo) -> None:
    schema = {"type": "object", "required": ["plate"]}
    operation = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[]), openapi={"openapi": "3.1.0", "paths": {"/sessions": {"post": operation}}})
    await hub.signed_in()
    headers = {"Authorization": f"Bearer {(await hub.opened())['access_token']}"}
    refused = await hub.client.post(f"/v1/gw/{APP}/sessions", headers=headers, json={"plates": []})
    assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (422, "gateway.request_invalid", "body")
    assert (await hub.client.post(f"/v1/gw/{APP}/admin", headers=headers, json={})).json()["code"] == "gateway.route_unknown"
    assert echo.calls == []
    assert (await hub.client.post(f"/v1/gw/{APP}/sessions", headers=headers, json={"plate": "29A"})).status_code == 200


async def test_an_old_answer_stands_in_while_the_backend_is_away(hub: SmallHub, echo: Echo) -> None:
    backend = {"public": ["GET /parks", "GET /parks/{id}"], "stale_if_error": [{"route": "GET /parks", "seconds": 600}]}
    async with hub.database.transaction() as session:
        await installed(session, manifest(backend=backend))
    fresh = await hub.client.get(f"/v1/gw/{APP}/parks")
    echo.crash = True
    for _ in range(7):  # past the breaker, too
        old = await hub.client.get(f"/v1/gw/{APP}/parks")
        assert (old.status_code, old.content, old.headers["hs-stale"]) == (200, fresh.content, "1")
        assert int(old.headers["age"]) >= 0
    assert (await hub.client.get(f"/v1/gw/{APP}/parks/7")).json()["code"] == "gateway.backend_unreachable"


async def test_a_kept_answer_that_was_altered_is_none(hub: SmallHub) -> None:
    stale = StaleAnswers(hub.gateway._stale._cache)
    await stale.keep("k", Answer(status=200, headers=(("a", "b"),), body=b"\x00\xff"), 60)
    found = await stale.find("k")
    assert found is not None
    assert (found[0].body, found[0].headers, found[1]) == (b"\x00\xff", (("a", "b"),), 0)
    stored = await stale._cache.get("stale:k")
    assert stored is not None
    await stale._cache.put("stale:other", stored, seconds=60)
    assert await stale.find("other") is None  # sealed for another question


async def test_an_answer_that_hangs_on_more_than_the_caller_stands_in_for_nobody(hub: SmallHub, echo: Echo) -> None:
    backend = {
        "public": ["GET /parks", "GET /mine"],
        "stale_if_error": [{"route": f"GET {path}", "seconds": 600} for path in ("/parks", "/mine")],
    }
    async with hub.database.transaction() as session:
        await installed(session, manifest(backend=backend))
    plain = list(echo.headers)
    echo.headers = [*plain, (b"vary", b"X-Session")]
    await hub.client.get(f"/v1/gw/{APP}/mine", headers={"X-Session": "Lan"})
    echo.headers = [*plain, (b"cache-control", b"max-age=5"), (b"Cache-Control", b"No-Store")]
    await hub.client.get(f"/v1/gw/{APP}/parks")
    echo.crash = True
    for path in ("mine", "parks"):
        assert (await hub.client.get(f"/v1/gw/{APP}/{path}")).json()["code"] == "gateway.backend_unreachable"
