"""The modules of the OpenID Connect Basic OP test plan, by name; where our profile forbids one, its test proves the refusal."""

from datetime import timedelta

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from hanoismart.clock import FixedClock, now, use
from identity.disclosures.models import Disclosure
from identity.people import vault
from identity.people.models import Attribute
from tests.identity.conformance.conftest import World
from tests.support.hubs import BASE
from tests.support.partners import Browser, Partner, hidden, query

SEALED = {
    Attribute.PHONE: "+84912345678",
    Attribute.EMAIL: "lan@example.test",
    Attribute.ADDRESS: "12 Hàng Bạc, phường Hoàn Kiếm, Hà Nội",
    Attribute.BIRTH_DATE: "1988-05-02",
}


async def _told(world: World, scope: str) -> dict[str, object]:
    """What userinfo says under a scope."""
    person = (await world.lan.call("GET", "/v1/me")).json()["id"]
    async with world.hub.process.database.transaction() as session:
        await vault.seal(session, person, SEALED)
    partner = await world.partner(scopes=["openid", "profile", "email", "phone", "address"])
    answer = await partner.sign_in(world.browser, scope=scope)
    told: dict[str, object] = (await partner.userinfo(answer["access_token"])).json()
    return told


async def _claims(world: World, token: str) -> dict[str, object]:
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    return jwt.decode(token, keys, algorithms=["ES256"]).claims


async def test_ServerTest(world: World) -> None:
    partner = await world.partner()
    answer = await partner.sign_in(world.browser)
    assert answer.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}


async def test_ResponseTypeMissing(world: World) -> None:
    answer = await (await world.partner()).push(response_type=None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_IdTokenSignature(world: World) -> None:
    token = (await (await world.partner()).sign_in(world.browser))["id_token"]
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.header["kid"] in {key.kid for key in keys.keys}


async def test_IdTokenUnsigned(world: World) -> None:
    """Unsigned ID tokens are not given, whatever a client would like: the server offers ES256 only."""
    told = (await world.http.get("/.well-known/openid-configuration")).json()
    assert told["id_token_signing_alg_values_supported"] == ["ES256"]


async def test_IdTokenHint(world: World) -> None:
    partner = await world.partner()
    hint = (await partner.sign_in(world.browser))["id_token"]
    same = await partner.request_uri(prompt="none", id_token_hint=hint)
    assert "code" in query(await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=same))
    minh = Browser.of(await world.other())
    await partner.sign_in(minh)
    other = await partner.request_uri(prompt="none", id_token_hint=hint)
    assert query(await minh.get("/oauth/authorize", client_id=partner.client_id, request_uri=other))["error"] == "login_required"


async def test_UserInfoGet(world: World) -> None:
    partner = await world.partner()
    token = (await partner.sign_in(world.browser))["access_token"]
    assert (await partner.userinfo(token)).json()["name"] == "Nguyễn Thị Lan"


async def test_UserInfoPostHeader(world: World) -> None:
    partner = await world.partner()
    token = (await partner.sign_in(world.browser))["access_token"]
    assert (await partner.call("POST", "/oauth/userinfo", token)).json()["name"] == "Nguyễn Thị Lan"


async def test_UserInfoPostBody(world: World) -> None:
    """A token in a body proves no possession (RFC 9449, section 7.1): refused."""
    partner = await world.partner()
    token = (await partner.sign_in(world.browser))["access_token"]
    answer = await world.http.post("/oauth/userinfo", data={"access_token": token})
    assert answer.status_code == 401


async def test_ScopeProfile(world: World) -> None:
    told = await _told(world, "openid profile")
    assert told.keys() == {"sub", "acr", "name", "locale"}


async def test_ScopeEmail(world: World) -> None:
    told = await _told(world, "openid email")
    assert (told["email"], told["email_verified"]) == ("lan@example.test", True)
    assert "name" not in told


async def test_ScopeAddress(world: World) -> None:
    assert (await _told(world, "openid address"))["address"] == {"formatted": "12 Hàng Bạc, phường Hoàn Kiếm, Hà Nội"}


async def test_ScopePhone(world: World) -> None:
    told = await _told(world, "openid phone")
    assert (told["phone_number"], told["phone_number_verified"]) == ("+84912345678", True)


async def test_ScopeAll(world: World) -> None:
    told = await _told(world, "openid profile email address phone")
    assert {"name", "email", "address", "phone_number"} <= told.keys()
    person = (await world.lan.call("GET", "/v1/me")).json()["id"]
    async with world.hub.process.database.session() as session:
        rows = (await session.scalars(select(Disclosure).where(Disclosure.person_id == person))).all()
    assert {"phone", "email", "address"} <= {name for row in rows for name in row.attributes}


@pytest.mark.parametrize("display", ["page"])
async def test_DisplayPage(world: World, display: str) -> None:
    assert "id_token" in await (await world.partner()).sign_in(world.browser, display=display)


@pytest.mark.parametrize("display", ["popup"])
async def test_DisplayPopup(world: World, display: str) -> None:
    assert "id_token" in await (await world.partner()).sign_in(world.browser, display=display)


async def test_PromptLogin(world: World) -> None:
    partner, browser = await world.partner(), Browser.of(await world.other())
    first = await _claims(world, (await partner.sign_in(browser))["id_token"])
    with use(FixedClock(now() + timedelta(seconds=5))):
        page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(prompt="login"))
        back = query(await browser.sign_in(page))
        second = await _claims(world, (await partner.redeem(back["code"])).json()["id_token"])
    assert int(str(second["auth_time"])) > int(str(first["auth_time"]))
    assert second["sub"] == first["sub"]


async def test_PromptNoneNotLoggedIn(world: World) -> None:
    partner = await world.partner()
    nobody = Browser(world.http, world.lan.passkey)
    back = query(await nobody.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri(prompt="none")))
    assert (back["error"], back["iss"]) == ("login_required", BASE)


async def test_PromptNoneLoggedIn(world: World) -> None:
    partner = await world.partner()
    await partner.sign_in(world.browser)
    uri = await partner.request_uri(prompt="none")
    assert "code" in query(await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri))


async def test_MaxAge1(world: World) -> None:
    partner, browser = await world.partner(), Browser.of(await world.other())
    first = await _claims(world, (await partner.sign_in(browser))["id_token"])
    with use(FixedClock(now() + timedelta(seconds=2))):
        uri = await partner.request_uri(max_age="1")
        page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
        assert page.status_code == 200
        back = query(await browser.sign_in(page))
        second = await _claims(world, (await partner.redeem(back["code"])).json()["id_token"])
    assert int(str(second["auth_time"])) > int(str(first["auth_time"]))


async def test_MaxAge10000(world: World) -> None:
    partner = await world.partner()
    await partner.sign_in(world.browser)
    uri = await partner.request_uri(max_age="10000")
    answer = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    claims = await _claims(world, (await partner.redeem(query(answer)["code"])).json()["id_token"])
    assert "auth_time" in claims


async def test_LoginHint(world: World) -> None:
    """Taken and not shown back: a hint about somebody must tell nobody whether they have an account."""
    partner = await world.partner()
    uri = await partner.request_uri(login_hint="lan@example.test", prompt="login")
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert (page.status_code, "lan@example.test" in page.text) == (200, False)


async def test_UiLocales(world: World) -> None:
    partner = await world.partner()
    browser = Browser(world.http, world.lan.passkey)
    for locale, word in (("vi", "Đăng nhập"), ("en", "Sign in")):
        uri = await partner.request_uri(ui_locales=locale, prompt="login")
        browser.language = "vi" if locale == "en" else "en"
        page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
        assert f'lang="{locale}"' in page.text
        assert word in page.text


async def test_ClaimsLocales(world: World) -> None:
    assert "id_token" in await (await world.partner()).sign_in(world.browser, claims_locales="vi en")


async def test_ClaimsEssential(world: World) -> None:
    partner = await world.partner()
    wished = orjson.dumps({"userinfo": {"name": {"essential": True}}}).decode()
    uri = await partner.request_uri(scope="openid", claims=wished)
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert "Dịch vụ cho biết mục này là cần thiết." in page.text
    assert " checked" not in page.text
    code = query(await world.browser.agree(page, "profile"))["code"]
    assert (await partner.userinfo((await partner.redeem(code)).json()["access_token"])).json()["name"] == "Nguyễn Thị Lan"
    refusing = await world.partner()
    token = (await refusing.sign_in(world.browser, scope="openid", claims=wished, agree=()))["access_token"]
    assert "name" not in (await refusing.userinfo(token)).json()


async def test_AuthCodeReuse(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    first = (await partner.redeem(code)).json()
    assert (await partner.redeem(code)).json()["error"] == "invalid_grant"
    assert await partner.introspect(first["access_token"]) == {"active": False}


async def test_AuthCodeReuseAfter30Seconds(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    first = (await partner.redeem(code)).json()
    with use(FixedClock(now() + timedelta(seconds=30))):
        assert (await partner.redeem(code)).json()["error"] == "invalid_grant"
        assert await partner.introspect(first["access_token"]) == {"active": False}


async def test_EnsureRequestWithUnknownParameterSucceeds(world: World) -> None:
    assert "id_token" in await (await world.partner()).sign_in(world.browser, extra="foobar")


async def test_EnsureRequestWithAcrValuesSucceeds(world: World) -> None:
    partner = await world.partner()
    claims = await _claims(world, (await partner.sign_in(world.browser, acr_values="urn:hanoi:loa:2 urn:hanoi:loa:1"))["id_token"])
    assert claims["acr"] == "urn:hanoi:loa:2"


async def test_EnsureRequestWithValidPkceSucceeds(world: World) -> None:
    assert "id_token" in await (await world.partner()).sign_in(world.browser)


async def test_EnsureRequestWithoutNonceSucceedsForCodeFlow(world: World) -> None:
    token = (await (await world.partner()).sign_in(world.browser, nonce=None))["id_token"]
    assert "nonce" not in await _claims(world, token)


async def test_EnsureRegisteredRedirectUri(world: World) -> None:
    answer = await (await world.partner()).push(redirect_uri="https://partner.example/callback/")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_EnsurePostRequestSucceeds(world: World) -> None:
    """The request travels by POST, to the pushed endpoint; the browser's own visit is a GET with the reference."""
    partner = await world.partner()
    assert (await partner.push()).status_code == 201


async def test_EnsureRequestObjectWithRedirectUri(world: World) -> None:
    partner = await world.partner()
    answer = await partner.send("/oauth/par", {"request": partner.signed(partner.parameters())})
    back = await world.browser.go(partner.client_id, answer.json()["request_uri"])
    assert (await partner.redeem(query(back)["code"])).status_code == 200


async def test_RefreshToken(world: World) -> None:
    partner = await world.partner()
    first = await partner.sign_in(world.browser)
    assert (await partner.refresh(first["refresh_token"])).json()["scope"] == first["scope"]


async def test_RequestUriUnsignedSupportedCorrectlyOrRejectedAsUnsupported(world: World) -> None:
    partner = await world.partner()
    answer = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri="https://partner.example/request.jwt")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_UnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported(world: World) -> None:
    partner = await world.partner()
    head, body, _ = partner.signed(partner.parameters()).split(".")
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    assert head
    answer = await partner.send("/oauth/par", {"request": unsigned})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")


async def test_what_was_agreed_to_is_not_asked_again_and_what_was_not_is(world: World) -> None:
    partner: Partner = await world.partner()
    await partner.sign_in(world.browser, scope="openid profile email", agree=("profile",))
    uri = await partner.request_uri(scope="openid profile email")
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
    assert 'name="agree.email"' in page.text
    assert 'name="agree.profile"' not in page.text
    answer = (await partner.redeem(query(await world.browser.agree(page))["code"])).json()
    assert answer["scope"] == "openid profile"


async def test_a_changed_purpose_is_another_question(world: World) -> None:
    partner = await world.partner()
    await partner.sign_in(world.browser)
    await partner.register(world.hub, purposes={})
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    assert 'name="agree.profile"' in page.text


async def test_the_page_of_one_person_is_not_agreed_to_by_another(world: World) -> None:
    partner = await world.partner()
    page = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    minh = Browser.of(await world.other())
    minh.cookies["hs_interaction"] = world.browser.cookies["hs_interaction"]
    answer = await minh.agree(page, "profile")
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    elsewhere = await world.browser.post("/oauth/consent", hidden(page) | {"interaction": "other", "action": "allow"})
    assert elsewhere.status_code == 400
