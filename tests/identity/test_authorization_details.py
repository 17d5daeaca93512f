"""Asking a person to pay or sign (RFC 9396): in plain words, confirmed each time by a fresh sign-in, carried to whoever acts on it."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from hanoismart.clock import FixedClock, now, use
from identity.oauth.details import PAYMENT, SIGNING
from identity.step_up import service as step_up
from tests.identity.conformance.conftest import World, world
from tests.support.partners import Browser, Partner, hidden, query

__all__ = ["world"]
PAY = {"type": PAYMENT, "amount": 125_000, "currency": "VND", "payee": "Thư viện Hà Nội", "reference": "THE-1"}
SIGN = {"type": SIGNING, "documents": [{"label": "Đơn xin cấp thẻ", "digest": "A" * 43}]}


async def _payer(world: World) -> tuple[Partner, Browser]:
    partner = await world.partner(details_types=(PAYMENT, SIGNING))
    return partner, Browser.of(await world.other())


def _text(*details: Any) -> str:
    return orjson.dumps(list(details)).decode()


async def test_a_payment_is_confirmed_in_words_and_carried_everywhere(world: World) -> None:
    partner, browser = await _payer(world)
    uri = await partner.request_uri(authorization_details=_text(PAY, SIGN))
    page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert "Thanh toán 125.000 đ cho Thư viện Hà Nội, nội dung: THE-1" in page.text
    assert "Đơn xin cấp thẻ" in page.text
    given = (await partner.redeem(query(await browser.agree(page, "profile"))["code"])).json()
    assert given["authorization_details"] == [PAY, SIGN]
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    assert jwt.decode(given["access_token"], keys, algorithms=["ES256"]).claims["authorization_details"] == [PAY, SIGN]
    assert (await partner.introspect(given["access_token"]))["authorization_details"] == [PAY, SIGN]


async def test_each_payment_is_asked_anew_and_needs_a_fresh_sign_in(world: World) -> None:
    partner, browser = await _payer(world)
    await partner.sign_in(browser, authorization_details=_text(PAY))
    uri = await partner.request_uri(authorization_details=_text(PAY))
    again = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert "125.000" in again.text
    with use(FixedClock(now() + timedelta(minutes=20))):
        uri = await partner.request_uri(authorization_details=_text(PAY))
        page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
        assert "data-options" in page.text
        shown = await browser.sign_in(page)
        assert "125.000" in shown.text
        silent = await partner.request_uri(authorization_details=_text(PAY), prompt="none")
        back = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=silent)
        assert query(back)["error"] == "consent_required"


async def test_who_refuses_pays_nothing_and_a_frozen_account_is_not_asked(world: World) -> None:
    partner, browser = await _payer(world)
    uri = await partner.request_uri(authorization_details=_text(PAY))
    page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert query(await browser.post("/oauth/consent", hidden(page) | {"action": "refuse"}))["error"] == "access_denied"
    minh = await world.other("Minh")
    me = (await minh.call("GET", "/v1/me")).json()["id"]
    async with world.hub.process.database.transaction() as session:
        await step_up.freeze(session, me, hours=72, because="recovery")
    uri = await partner.request_uri(authorization_details=_text(PAY))
    back = await Browser.of(minh).get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert query(back)["error"] == "access_denied"


@pytest.mark.parametrize(
    "bent",
    [
        "no json",
        "{}",
        "[]",
        _text(*[PAY] * 6),
        _text({"type": "open_account"}),
        _text({"amount": 1}),
        _text("payment_initiation"),
        _text(PAY | {"amount": 0}),
        _text(PAY | {"amount": 1.5}),
        _text(PAY | {"amount": True}),
        _text(PAY | {"amount": "125000"}),
        _text(PAY | {"currency": "USD"}),
        _text(PAY | {"payee": ""}),
        _text(PAY | {"payee": "A\nB"}),
        _text(PAY | {"extra": 1}),
        _text(SIGN | {"documents": []}),
        _text(SIGN | {"documents": [{"label": "x", "digest": "short"}]}),
        _text(SIGN | {"documents": [{"label": "x"}]}),
    ],
)
async def test_details_that_are_not_sound_are_refused_before_anybody_is_asked(world: World, bent: str) -> None:
    partner = await world.partner(details_types=(PAYMENT, SIGNING))
    answer = await partner.push(authorization_details=bent)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_authorization_details")


async def test_a_type_nobody_registered_is_refused(world: World) -> None:
    answer = await (await world.partner(details_types=(SIGNING,))).push(authorization_details=_text(PAY))
    assert answer.json()["error"] == "invalid_authorization_details"


async def test_a_payment_that_was_confirmed_just_before_a_freeze_gives_no_token(world: World) -> None:
    partner, person = await world.partner(details_types=(PAYMENT,)), await world.other("Minh")
    code = await partner.code(Browser.of(person), authorization_details=_text(PAY))
    me = (await person.call("GET", "/v1/me")).json()["id"]
    async with world.hub.process.database.transaction() as session:
        await step_up.freeze(session, me, hours=72, because="recovery")
    answer = await partner.redeem(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_from_before_a_lock_opens_no_service_the_person_never_used(world: World) -> None:
    partner, person = await world.partner(), await world.other("Thu")
    code = await partner.code(Browser.of(person))
    assert (await person.call("POST", "/v1/me/lock")).is_success
    answer = await partner.redeem(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
