"""PostgreSQL restarts, Redis stops or forgets: the house says so, goes on with what it can, and recovers by itself."""

import asyncio
import re
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest_asyncio
from redis.asyncio import Redis

from app.demo.devices.mobile import CLIENT_ID, REDIRECT, Phone
from hanoismart.text import Text
from kernel import embedded
from kernel.embedded import supervisor
from migrations import runner
from notifications.api import Category, Template, notify, register
from tests.support.live import Live, living, until

NEWS = register(Template("tests.live_news", Category.SERVICES, Text("Tin", "News"), Text("", "")))
# By the ORM, by Core, by a hot read, at the gateway (which knows no such app).
READ = ("/v1/me", "/v1/me/inbox", "/v1/places/units", "/v1/miniapps", "/v1/feed", "/v1/gw/vn.hanoi.nothing/x")


@dataclass
class Frail:
    """A house with servers of its own, which a test may stop."""

    live: Live
    root: Path
    redis_url: str

    async def _do(self, work: Callable[[supervisor._House], object]) -> None:
        def locked() -> None:
            with supervisor._locked(self.root, durable=False) as house:
                work(house)

        await asyncio.to_thread(locked)

    @asynccontextmanager
    async def without_postgres(self) -> AsyncIterator[None]:
        await self._do(lambda house: house.postgres.stop())
        try:
            yield
        finally:
            await self._do(lambda house: house.postgres.start())

    @asynccontextmanager
    async def without_redis(self) -> AsyncIterator[None]:
        await self._do(lambda house: house.valkey.stop())
        try:
            yield
        finally:
            await self._do(lambda house: house.valkey.launch())
            await self._do(lambda house: house.valkey.wait())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def frail() -> AsyncIterator[Frail]:
    root = Path(tempfile.mkdtemp(prefix="hs-", dir="/tmp"))
    root.chmod(0o711)  # noqa: ASYNC240 (nobody waits for it)
    servers = await asyncio.to_thread(embedded.start, root, durable=False, keep=True)
    await runner.upgrade(servers.database_url)
    async with living(servers.database_url, servers.redis_url, root) as live:
        yield Frail(live, root, servers.redis_url)
    await asyncio.to_thread(embedded.remove, root)
    shutil.rmtree(root)


async def verify_telephone(live: Live, phone: Phone, number: str) -> None:
    """A change, a job, an outside party and another change: the whole house at work."""
    flow = await phone.call("POST", "/v1/me/phone", json={"number": number})
    assert flow.status_code == 201, flow.text
    code = re.findall(r"\d{6}", await live.message_to(number, seconds=40))[0]
    confirmed = await phone.call("POST", "/v1/me/phone/confirm", json={"flow_id": flow.json()["id"], "code": code})
    assert confirmed.status_code == 200, confirmed.text


async def test_postgresql_restarts_while_we_serve(frail: Frail) -> None:
    live = frail.live
    phone = await live.phone(name="Lan", phone=False)
    await verify_telephone(live, phone, "+84912000001")
    async with frail.without_postgres():
        for path in READ:
            refused = await phone.call("GET", path)
            told = refused.status_code, refused.json()["code"], refused.headers.get("retry-after")
            assert told == (503, "service.unavailable", "2"), path
        changed = await phone.call("POST", "/v1/me/phone", json={"number": "+84912000009"})
        assert changed.status_code == 503, changed.text
        assert (await live.http.get("/ready")).status_code == 503
        assert (await live.http.get("/live")).status_code == 200

    async def serves() -> bool:
        return {(await phone.call("GET", path)).status_code for path in READ} == {200, 404}

    await until(serves, what="calls are answered again")
    await phone.sign_in()
    await verify_telephone(live, phone, "+84912000002")
    assert (await live.http.get("/ready")).json() == {"status": "ok", "database": True, "cache": True}


async def next_event(stream: httpx.Response) -> str:
    async with asyncio.timeout(20):
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                return line
    raise EOFError


async def test_without_redis_everything_is_right_only_slower(frail: Frail) -> None:
    live = frail.live
    phone = await live.phone(name="Minh", phone=False)
    async with frail.without_redis():
        assert (await live.http.get("/ready")).json() == {"status": "ok", "database": True, "cache": False}
        await phone.refresh()
        assert (await phone.call("GET", "/v1/me")).status_code == 200
        newcomer = await live.phone(name="Anna", phone=False)
        await verify_telephone(live, newcomer, "+84912000003")
        path = "/v1/me/stream"
        async with live.http.stream("GET", path, headers=newcomer.signed("GET", path), timeout=40) as stream:
            assert stream.status_code == 200
            async with live.database.transaction() as session:
                await notify(session, await live.person_of(newcomer), NEWS.key, {}, dedupe="without redis")
            assert '"notification"' in await next_event(stream)
    assert "request.unexpected" not in live.wrote()


async def test_redis_forgets_everything_in_the_middle(frail: Frail) -> None:
    live = frail.live
    phone = await live.phone(name="Thu", phone=False)
    headers = phone.signed("POST", "/v1/me/phone")
    first = await live.http.post("/v1/me/phone", json={"number": "+84912000004"}, headers=headers)
    assert first.status_code == 201
    redis = Redis.from_url(frail.redis_url)
    await redis.flushall()
    await redis.aclose()
    replayed = await live.http.post("/v1/me/phone", json={"number": "+84912000004"}, headers=headers)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "access.token_refused"), (
        "what changes something is remembered elsewhere"
    )
    assert (await phone.call("GET", "/v1/me")).status_code == 200
    await phone.sign_in()
    await phone.refresh()


async def test_what_was_spent_stays_spent_when_redis_forgets(frail: Frail) -> None:
    live = frail.live
    phone = await live.phone(name="Hòa", phone=False)
    left = Phone(live.http, phone.passkey)
    await left.sign_in()
    await live.http.get("/oauth/logout", params={"id_token_hint": left.held.id_token})
    verifier = secrets.token_urlsafe(48)
    back = await phone.browse((await phone.push(verifier)).json()["request_uri"])
    code = parse_qs(urlsplit(back).query)["code"][0]
    form = {"grant_type": "authorization_code", "client_id": CLIENT_ID, "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier}
    proof = {"DPoP": phone.dpop.proof("POST", f"{live.base}/oauth/token")}
    given = await live.http.post("/oauth/token", data=form, headers=proof)
    assert given.status_code == 200, given.text
    redis = Redis.from_url(frail.redis_url)
    await redis.flushall()
    await redis.aclose()
    renew = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": given.json()["refresh_token"]}
    replayed = await live.http.post("/oauth/token", data=renew, headers=proof)
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_dpop_proof")
    assert (await phone.token(renew)).status_code == 200  # nobody was logged out by it
    again = await phone.token(form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await phone.token(renew)).json()["error"] == "invalid_grant"  # a code used twice takes back what it gave
    assert (await left.call("GET", "/v1/me")).status_code == 401
