"""A host exchanges the person's session for a token of one mini-app at /oauth/token: never wider than consent, manifest and version."""

from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from app.demo.devices.mobile import Phone
from hanoismart.text import Text
from identity.oauth.endpoints import TOKEN_EXCHANGE
from identity.oauth.exchange import ACCESS_TOKEN
from plugins.api import registry
from tests.support.live import Live
from tests.support.miniapps import installed, manifest

CLIENT = "hanoismart-mobile"
SCOPES = [
    {"scope": "profile.name", "optional": False, "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}},
    {"scope": "phone", "optional": True, "purpose": {"vi": "Gọi khi có sự cố", "en": "Call you in an incident"}},
]


async def exchanged(phone: Phone, app_id: str, **more: str) -> dict[str, Any]:
    form = {"grant_type": TOKEN_EXCHANGE, "client_id": CLIENT, "subject_token": phone.held.access, "subject_token_type": ACCESS_TOKEN}
    return dict((await phone.token(form | {"audience": app_id} | more)).json())


async def claims(live: Live, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set((await live.http.get("/oauth/jwks")).json())
    return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


async def opened(live: Live, phone: Phone, app_id: str) -> dict[str, Any]:
    """The app is opened, its required scope agreed to and the other one left."""
    path = f"/v1/miniapps/{app_id}"
    asked = (await phone.call("POST", f"{path}/launch", json={})).json()["scopes"]
    marks = {one["scope"]: {"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in asked}
    await phone.call("POST", f"{path}/consent", json={"granted": [marks["profile.name"]], "declined": [marks["phone"]]})
    return dict((await phone.call("POST", f"{path}/launch", json={})).json())


async def test_a_session_becomes_a_token_of_one_app_and_never_a_wider_one(live: Live) -> None:
    app_id = "vn.hanoi.exchange"
    async with live.database.transaction() as session:
        await installed(session, manifest(scopes=SCOPES) | {"app_id": app_id})
    phone = await live.phone(name="Lan")
    assert (await exchanged(phone, app_id))["error"] == "invalid_scope"  # nothing is answered yet
    launched = await opened(live, phone, app_id)
    answer = await exchanged(phone, app_id)
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 300, "profile.name")
    told, launch = await claims(live, answer["access_token"]), await claims(live, launched["access_token"])
    assert (told["aud"], told["sub"], told["app_epoch"]) == (app_id, launch["sub"], launch["app_epoch"])
    assert (told["act"], "cnf" in told) == ({"sub": CLIENT}, False)
    assert (await exchanged(phone, app_id, scope="phone"))["error"] == "invalid_scope"
    assert (await exchanged(phone, app_id, scope="openid"))["error"] == "invalid_scope"
    assert (await exchanged(phone, "vn.hanoi.nowhere"))["error"] in {"invalid_target", "unauthorized_client"}
    # What was exchanged opens nothing further, and not the hub itself.
    chained = {
        "grant_type": TOKEN_EXCHANGE,
        "client_id": CLIENT,
        "subject_token": answer["access_token"],
        "subject_token_type": ACCESS_TOKEN,
    }
    assert (await phone.token(chained | {"audience": app_id})).json()["error"] in {"invalid_target", "invalid_grant"}
    assert (await live.http.get("/v1/me", headers={"Authorization": f"Bearer {answer['access_token']}"})).status_code == 401


async def test_a_pages_own_key_binds_its_token(live: Live) -> None:
    app_id = "vn.hanoi.bound"
    async with live.database.transaction() as session:
        await installed(session, manifest(scopes=SCOPES) | {"app_id": app_id})
    phone = await live.phone(name="Lan")
    await opened(live, phone, app_id)
    bound = await exchanged(phone, app_id, dpop_jkt="A" * 43)
    assert bound["token_type"] == "DPoP"
    assert (await claims(live, bound["access_token"]))["cnf"] == {"jkt": "A" * 43}
    path = f"/v1/gw/{app_id}/tickets"
    assert (await live.http.get(path, headers={"Authorization": f"Bearer {bound['access_token']}"})).status_code == 401
    assert (await exchanged(phone, app_id, dpop_jkt="no"))["error"] == "invalid_request"
    async with live.database.transaction() as session:
        await registry.suspend(session, app_id, reason=Text(vi="Lỗi an toàn", en="A safety fault"), actor="test")
    assert "access_token" not in await exchanged(phone, app_id)
