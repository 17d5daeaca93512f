"""What a short way answers and writes is what the room would have: the same requests both ways, the same headers, bodies and rows."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import httpx
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.main import Hub
from hanoismart.ids import new_id
from identity.clients.models import ClientKind
from identity.devices import service as devices
from identity.devices.models import Integrity
from identity.oauth import jose
from identity.oauth.hot.door import ShortWay
from identity.oauth.models import Grant
from identity.sessions.models import SignInSession
from tests.support.hubs import phone_of
from tests.support.partners import Browser, Partner

CHANGING: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # ids
    r"|partner-[0-9a-f]{32}|\b[0-9a-f]{32}\b"
    r"|\\\\x[0-9a-f]{64}"  # hashes
    r"|\d{4}-\d\d-\d\dT[0-9:.]+\+00:00"  # moments
    r"|[A-Za-z0-9_-]{43,}"  # secrets
)
ROWS: Final = {
    "identity.pushed_request r": "r.client_id = :client ORDER BY r.created_at",
    "identity.oauth_grant r": "r.client_id = :client ORDER BY r.created_at",
    "identity.authorization_code r": "r.client_id = :client ORDER BY r.created_at",
    "identity.refresh_token r JOIN identity.oauth_grant g ON g.id = r.grant_id": "g.client_id = :client ORDER BY r.issued_at",
    "identity.disclosure r": "r.reader_id = :client ORDER BY r.at",
    "kernel.audit_entry r": "r.actor = 'client:' || :client ORDER BY r.at",
    "identity.consent r": "r.client_id = :client ORDER BY r.scope",
    "identity.device r JOIN identity.oauth_grant g ON g.dpop_jkt = r.jkt": "g.client_id = :client ORDER BY g.created_at",
    "identity.sign_in_session r JOIN identity.oauth_grant g ON g.session_id = r.id": "g.client_id = :client ORDER BY g.created_at",
}
SEEN: Final = "SELECT bool_and(d.last_seen_at > g.created_at) FROM identity.device d JOIN identity.oauth_grant g ON g.dpop_jkt = d.jkt"


@pytest_asyncio.fixture
async def browser(whole_hub: Hub, web: httpx.AsyncClient) -> AsyncIterator[Browser]:
    yield Browser.of(await phone_of(whole_hub.process, web))


def _plain(told: Any) -> str:
    return CHANGING.sub("~", orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode())


def _said(token: str) -> dict[str, Any]:
    """What a token says, without its moments and ids."""
    claims: dict[str, Any] = orjson.loads(jose.payload(token))
    return claims | dict.fromkeys(("iat", "exp", "auth_time", "jti", "sub", "nonce", "aud", "client_id", "sid", "gid") & claims.keys(), "~")


def _noted(answer: httpx.Response) -> str:
    headers = {name: value for name, value in answer.headers.items() if name not in {"content-length", "dpop-nonce", "x-request-id"}}
    body = answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
    if isinstance(body, dict):
        body |= {name: _said(body[name]) for name in ("access_token", "id_token") if name in body}
        body |= {"sub": "~"} if "sub" in body else {}
    named = sorted(answer.headers.keys() & {"dpop-nonce", "x-request-id"})
    return _plain([answer.status_code, headers, named, body])


async def _bound(session: AsyncSession, partner: Partner) -> None:
    """The key of the relying party is that of a device of the person, on which no sign-in hangs yet."""
    grant = (await session.scalars(select(Grant).where(Grant.client_id == partner.client_id))).one()
    known = {"name": "Phone", "platform": "android", "integrity": Integrity.UNKNOWN}
    await devices.bind(session, grant.person_id, None, jkt=partner.dpop.thumbprint, public_jwk={}, **known)  # type: ignore[arg-type]  # by name
    await session.execute(update(SignInSession).values(device_id=None))


async def _story(hub: Hub, partner: Partner, browser: Browser, **more: Any) -> list[str]:
    """Everything a relying party does with somebody who agreed before, and all that stands in the database then."""
    more = {"state": "a b&c=ä", "nonce": "n" * 43} | more
    await partner.sign_in(browser, **more)
    async with hub.process.database.transaction() as session:
        await _bound(session, partner)
    pushed = await partner.push(**more)
    opened = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=pushed.json()["request_uri"])
    redeemed = await partner.redeem(httpx.URL(opened.headers["location"]).params["code"])
    refreshed = await partner.refresh(redeemed.json()["refresh_token"])
    told = await partner.userinfo(refreshed.json()["access_token"])
    noted = [_noted(each) for each in (pushed, opened, redeemed, refreshed, told)]
    async with hub.process.database.session() as session:
        for table, which in ROWS.items():
            query = f"SELECT to_jsonb(r) - 'secret_hash' FROM {table} WHERE {which}"  # noqa: S608 (put together from constants)
            rows = (await session.scalars(text(query), {"client": partner.client_id})).all()
            assert rows, table
            noted.append(_plain(list(rows)))
        assert await session.scalar(text(SEEN)) is True
    return noted


@pytest.mark.parametrize(
    ("registered", "more"),
    [
        ({}, {}),
        ({"kind": ClientKind.PUBLIC, "jwks": None}, {"ui_locales": "en"}),
        ({"purposes": {}}, {"scope": "profile openid"}),
        ({"sector": "partner.example", "backchannel_logout_uri": "https://partner.example/out"}, {"dpop_jkt": "own"}),
        ({"redirect_uris": ("https://partner.example/callback?kept=1",)}, {"redirect_uri": "https://partner.example/callback?kept=1"}),
    ],
)
async def test_both_ways_answer_and_write_the_same(
    whole_hub: Hub,
    web: httpx.AsyncClient,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    registered: dict[str, Any],
    more: dict[str, str],
) -> None:
    stories: list[list[str]] = []
    answered: list[str] = []
    for way in (_counted(answered), _never):
        monkeypatch.setattr(ShortWay, "_tried", way)
        partner = await Partner(web, client_id=f"partner-{new_id().hex}").register(whole_hub, **registered)
        if registered.get("kind") is ClientKind.PUBLIC:
            monkeypatch.setattr(partner, "assertion", lambda *, known=partner.client_id: {"client_id": known})
        partner.redirect = more.get("redirect_uri", partner.redirect)
        own = {"dpop_jkt": partner.dpop.thumbprint} if "dpop_jkt" in more else {}
        stories.append(await _story(whole_hub, partner, browser, **(more | own)))
    assert answered[-5:] == ["/oauth/par", "/oauth/authorize", "/oauth/token", "/oauth/token", "/oauth/userinfo"]
    for one, other in zip(*stories, strict=True):
        assert one == other


def _counted(answered: list[str]) -> Callable[[ShortWay, Request], Awaitable[Response | None]]:
    """The short way as it is, which notes what it answered."""
    tried = ShortWay._tried

    async def way(self: ShortWay, request: Request) -> Response | None:
        response = await tried(self, request)
        if response is not None:
            answered.append(self.path)
        return response

    return way


async def _never(_self: ShortWay, _request: Request) -> Response | None:
    return None
