"""Bent requests at the endpoints with a short way: they get the room's answer, word for word, as if there were no short way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from app.main import Hub
from hanoismart.ids import new_id
from identity.clients.models import ClientKind
from identity.oauth import codes, es256, pushed
from identity.oauth.models import Grant, PushedRequest
from tests.support.hubs import phone_of
from tests.support.partners import ASSERTION_TYPE, Browser, Partner, query


@pytest_asyncio.fixture
async def partner(whole_hub: Hub, web: httpx.AsyncClient) -> AsyncIterator[Partner]:
    yield await Partner(web, client_id=f"partner-{new_id().hex}").register(whole_hub)


@pytest_asyncio.fixture
async def browser(whole_hub: Hub, web: httpx.AsyncClient) -> AsyncIterator[Browser]:
    yield Browser.of(await phone_of(whole_hub.process, web))


@pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token"])
async def test_a_signature_in_the_name_of_a_client_without_keys_is_refused(whole_hub: Hub, partner: Partner, path: str) -> None:
    assert (await partner.http.get("/oauth/jwks")).status_code == 200  # the process holds the keys from here on
    assertion = partner.assertion()
    await partner.register(whole_hub, kind=ClientKind.PUBLIC, jwks=None)
    form = partner.parameters() if path == "/oauth/par" else partner.redemption("code", code_verifier="v" * 43)
    refused = await partner.send(path, form, assertion=assertion)
    assert (refused.status_code, refused.headers["cache-control"]) == (401, "no-store")
    assert refused.json()["error"] == "invalid_client"


@pytest.mark.parametrize("cookie", ["", "hs_session=anything"])
async def test_a_query_that_is_no_text_is_told_so_on_a_page(whole_hub: Hub, cookie: str) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/oauth/authorize",
        "raw_path": b"/oauth/authorize", "query_string": b"client_id=\xff&request_uri=\xfe", "root_path": "",
        "headers": [(b"host", b"localhost"), (b"cookie", cookie.encode())], "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    await whole_hub(scope, receive, send)  # type: ignore[arg-type]  # plain dicts are ASGI
    assert sent[0]["status"] == 400


@pytest.mark.parametrize("more", [{"code_challenge": "c" * 43 + "\n"}, {"dpop_jkt": "k" * 65}, {"dpop_jkt": "k" * 43 + "\n"}])
@pytest.mark.parametrize("proof", ["", None])
async def test_what_is_no_digest_is_refused_when_it_is_pushed(partner: Partner, more: dict[str, Any], proof: str | None) -> None:
    refused = await partner.push(proof=proof, **more)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


async def test_a_form_that_calls_itself_json_is_read_as_json(partner: Partner) -> None:
    form = partner.parameters() | partner.assertion()
    proof = partner.dpop.proof("POST", f"{partner.base}/oauth/par")
    headers = {"Content-Type": "application/x-www-form-urlencoded; profile=json", "DPoP": proof}
    refused = await partner.http.post("/oauth/par", content=str(httpx.QueryParams(form)), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "request.malformed")


async def test_the_scope_of_a_client_of_ours_is_kept_in_one_writing(whole_hub: Hub, partner: Partner, browser: Browser) -> None:
    await partner.register(whole_hub, first_party=True)
    await partner.sign_in(browser)
    for scope in ("openid  profile", " openid profile", "openid\tprofile", "openid\u00a0profile", "openid profile openid"):
        given = await partner.sign_in(browser, scope=scope)
        assert given["scope"] == "openid profile"
    async with whole_hub.process.database.transaction() as session:
        kept = await session.scalars(select(Grant.scope).where(Grant.client_id == partner.client_id).distinct())
        assert list(kept) == ["openid profile"]


async def test_a_token_counts_in_one_writing_only(partner: Partner, browser: Browser) -> None:
    token = (await partner.sign_in(browser))["access_token"]
    signed, _, signature = token.rpartition(".")
    # The last letter carries four bits that say nothing.
    loose = signature[:-1] + chr(ord(signature[-1]) + 1)
    for bent in {signature + "==", loose, signature.replace("-", "+"), signature.replace("_", "/")} - {signature}:
        assert es256.decoded(bent) == es256.decoded(signature)
        assert (await partner.userinfo(f"{signed}.{bent}")).status_code == 401, bent
    assert (await partner.userinfo(token)).status_code == 200


async def test_a_request_whose_page_is_shown_at_that_moment_is_completed_once(whole_hub: Hub, partner: Partner, browser: Browser) -> None:
    await partner.sign_in(browser)
    uri = await partner.request_uri()
    row = PushedRequest.reference_hash == codes._hash(uri.removeprefix(pushed.PREFIX))
    async with whole_hub.process.database.transaction() as session:
        await session.execute(update(PushedRequest).where(row).values(interaction_hash=bytes(32)))
        opening = asyncio.create_task(browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri))
        await asyncio.sleep(0.2)
    assert (await partner.redeem(query(await opening)["code"])).status_code == 200
    again = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert again.status_code == 400


async def test_every_request_is_counted_once_at_the_open_door(whole_hub: Hub, partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []

    async def count(key: str, *, seconds: int) -> int:
        counted.append(key)
        return seconds

    monkeypatch.setattr(whole_hub.process.cache, "count", count)
    pushes = [await partner.push(), await partner.push(scope="profile"), await partner.push(request_uri="urn:x")]
    assert [each.status_code for each in pushes] == [201, 400, 400]
    assert counted == ["flood:/oauth/par:127.0.0.1"] * 3


async def test_an_assertion_of_another_kind_is_refused_as_ever(partner: Partner) -> None:
    every: tuple[dict[str, Any], ...] = (
        {"aud": f"{partner.base}/oauth/par"},
        {"aud": [partner.base]},
        {"exp": 1},
        {"jti": None},
        {"sub": "someone"},
    )
    for bent in every:
        refused = await partner.push(assertion=partner.assertion(**bent))
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client"), bent
    kind = partner.assertion() | {"client_assertion_type": ASSERTION_TYPE + "s"}
    assert (await partner.push(assertion=kind)).json()["error"] == "invalid_client"


async def test_a_caller_who_leaves_in_the_middle_of_a_form_is_nobodys_failure(whole_hub: Hub) -> None:
    coming: list[dict[str, object]] = [{"type": "http.request", "body": b"grant_type=", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return coming.pop(0)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"40")]
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/oauth/token", "raw_path": b"/oauth/token",
        "query_string": b"", "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    await whole_hub(scope, receive, send)  # type: ignore[arg-type]  # plain dicts are ASGI
    assert (coming, sent) == ([], [])
