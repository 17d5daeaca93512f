"""Goal 5: authorize, token, refresh and userinfo beside node oidc-provider with Redis, the same features on; CPU of the servers."""

import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc.jwk import ECKey

from bench.measuring import Line
from bench.peers.relying_party import RelyingParty
from bench.peers.running import available, cpu_nanoseconds, oidc_provider
from hanoismart.ids import new_id
from identity.api import clients
from identity.api.clients import ClientKind
from kernel import embedded
from migrations import runner
from tests.support.live import Live, free_port, living
from tests.support.partners import Browser, client_spec

TIMES = 60
ROUNDS = 5
REDIRECT = "https://partner.example/callback"
GOALS = {"authorize": 1.8, "token": 1.3, "refresh": 1.5, "userinfo": 1.1}
Measured = dict[str, float]


async def measure() -> list[Line]:
    if not available():
        return [Line("5", "beside node oidc-provider with Redis", "not measured: there is no node", "see performance.md")]
    key = ECKey.generate_key("P-256", {"kid": "bench"}, private=True)
    async with _both(key) as (ours, theirs):
        lines = []
        for kind in ("public", "confidential"):
            taken: dict[str, list[Measured]] = {"ours": [], "theirs": []}
            for _ in range(ROUNDS):
                for name, (pid, parties) in (("ours", ours), ("theirs", theirs)):
                    taken[name].append(await _round(pid, parties[kind]))
            lines += [_line(kind, step, taken) for step in GOALS]
        return lines


def _line(kind: str, step: str, taken: dict[str, list[Measured]]) -> Line:
    ours, theirs = (statistics.median(one[step] for one in taken[name]) for name in ("ours", "theirs"))
    measured = f"{theirs / ours:.2f} x its speed ({ours:.0f} µs, it {theirs:.0f})"
    return Line("5", f"{step}, {kind} client, PAR + PKCE + DPoP", measured, f"≥ {GOALS[step]} x")


async def _round(pid: int, party: RelyingParty) -> Measured:
    """CPU microseconds of the server per operation."""
    pushed = [await party.push() for _ in range(TIMES)]
    codes: list[str] = []
    given: list[dict[str, str]] = []

    async def authorize(at: int) -> None:
        codes.append(await party.authorize(pushed[at][0]))

    async def token(at: int) -> None:
        given.append(await party.redeem(codes[at], pushed[at][1]))

    async def refresh(at: int) -> None:
        given[at] |= await party.refresh(given[at]["refresh_token"])

    async def userinfo(at: int) -> None:
        await party.userinfo(given[at]["access_token"])

    steps = {"authorize": authorize, "token": token, "refresh": refresh, "userinfo": userinfo}
    return {name: await _cpu(pid, step) for name, step in steps.items()}


async def _cpu(pid: int, step: Callable[[int], Awaitable[None]]) -> float:
    before = cpu_nanoseconds(pid)
    for at in range(TIMES):
        await step(at)
    return (cpu_nanoseconds(pid) - before) / TIMES / 1000


@asynccontextmanager
async def _both(key: ECKey) -> AsyncIterator[tuple[tuple[int, dict[str, RelyingParty]], tuple[int, dict[str, RelyingParty]]]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hs-bench-")))
        servers = stack.enter_context(embedded.running(folder, durable=True))
        await runner.upgrade(servers.database_url)
        live = await stack.enter_async_context(
            living(servers.database_url, servers.redis_url, folder, log_requests="false", open_calls_per_minute="1000000")
        )
        port = free_port()
        node = await stack.enter_async_context(oidc_provider(port, _socket(servers.redis_url), key, REDIRECT))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=20))
        ours = {kind: await _at_ours(stack, live, kind, key) for kind in ("public", "confidential")}
        theirs = {kind: await _at_theirs(http, f"http://localhost:{port}", kind, key) for kind in ("public", "confidential")}
        yield (live.web, ours), (node, theirs)


def _socket(redis_url: str) -> str:
    parts = urlsplit(redis_url)
    return parse_qs(parts.query).get("path", [parts.path])[0]


async def _at_ours(stack: AsyncExitStack, live: Live, kind: str, key: ECKey) -> RelyingParty:
    """Registered, with a person signed in who has agreed."""
    client_id = f"{kind}-{new_id().hex}"
    keys = {"jwks": None} if kind == "public" else {}
    spec = client_spec(client_id, key, kind=ClientKind(kind), redirect_uris=(REDIRECT,), scopes=["openid", "profile"], **keys)
    async with live.database.transaction() as session:
        await clients.ensure(session, spec)
    endpoints = (await live.http.get("/.well-known/openid-configuration")).json()
    browser = Browser.of(await live.phone(name="Lan"))
    party = RelyingParty(live.http, endpoints, client_id, REDIRECT, key if kind == "confidential" else None)
    await browser.go(client_id, (await party.push())[0])
    party.http = await stack.enter_async_context(httpx.AsyncClient(base_url=live.base, cookies=browser.cookies, timeout=20))
    return party


async def _at_theirs(http: httpx.AsyncClient, base: str, kind: str, key: ECKey) -> RelyingParty:
    endpoints = (await http.get(f"{base}/.well-known/openid-configuration")).json()
    party = RelyingParty(http, endpoints, kind, REDIRECT, key if kind == "confidential" else None)
    await party.authorize((await party.push())[0])
    return party
