"""Chapters 1 and 2: Lan proves who she is, once; her phone, her ward; her passkey and sign-in."""

from datetime import date

from app.demo import operator
from app.demo.devices.mobile import Phone
from app.demo.story.stage import Stage, card, enrolled, prove, send, submit, verify_phone
from hanoismart.clock import now
from identity.api.specimens import Flaw, Sex, reading

BIRTH = date(1988, 5, 2)
WARD = "00070"
FLAWS = (
    (Flaw.ALTERED_GROUP, "proofing.data_group_altered", "a tampered data group"),
    (Flaw.UNKNOWN_SIGNER, "proofing.signer_unknown", "an unknown signer"),
    (Flaw.EXPIRED_SIGNER, "proofing.signer_expired", "an expired signer"),
    (Flaw.TRAILING_BYTES, "proofing.trailing_bytes", "trailing bytes"),
)
OFFICERS = (
    ("Hòa", "Trần Thị Hòa", Sex.FEMALE, ("moderator", "appeals")),
    ("Thu", "Phạm Minh Thu", Sex.FEMALE, ("appeals",)),
    ("Ward officer", "Đỗ Văn Cán Bộ", Sex.MALE, ("attestation_officer",)),
)


async def play(stage: Stage) -> None:
    stage.chapter("One person, one verified account")
    await _refusals(stage)
    await _lan(stage)
    await _staff(stage)
    await _residence(stage, "Lan")
    stage.chapter("Signing in from a mobile client")
    await _sign_in(stage)


async def _refusals(stage: Stage) -> None:
    for flaw, code, what in FLAWS:
        answer = await prove(stage, card("Nguyễn Thị Lan", BIRTH, Sex.FEMALE, flaw=flaw))
        stage.told(f"A chip with {what}", stage.refused(answer, 422, code))
    burnt = await submit(stage, stage.props["proofing"], card("Nguyễn Thị Lan", BIRTH, Sex.FEMALE))
    stage.told("A good chip under the nonce that was just used", stage.refused(burnt, 409, "proofing.session_closed"))


async def _lan(stage: Stage) -> None:
    chip = card("Nguyễn Thị Lan", BIRTH, Sex.FEMALE)
    verdict = stage.ok(await prove(stage, chip))
    stage.expect(verdict["state"] == "verified" and verdict["enrolment"], "Lan's chip is verified and her holder matched")
    stage.told("Lan's identity card: signature chain, data groups, active authentication", "verified")
    recorded = reading(chip, stage.props["proofing"]["challenge"])
    fresh = stage.ok(await stage.http.post("/v1/proofing/sessions"), 201)
    replayed = await send(stage, fresh, recorded)
    stage.told(
        "The recorded reading of it, replayed under a new nonce", stage.refused(replayed, 422, "proofing.active_authentication_failed")
    )
    second = stage.ok(await prove(stage, chip))
    stage.expect(second == {"state": "in_review", "enrolment": None}, "a second device learns nothing about the first account")
    stage.told("The same person from a second device", f"{second['state']}: no second account, no word of the first")
    phone = await enrolled(stage, "Lan", verdict)
    me = stage.ok(await phone.call("GET", "/v1/me"))
    stage.expect(me["level"] == 2, "Lan stands at level 2")
    stage.told("Lan's account", f"level {me['level']}, {me['kind']}")
    trust = await verify_phone(stage, "Lan")
    stage.expect(trust == 2, f"a verified phone and level 2 make trust level 2, not {trust}")
    stage.told("Her phone by one-time code, read at the text message gateway", f"verified, trust level {trust}")


async def _staff(stage: Stage) -> None:
    """The officers prove themselves like everybody; the demo's operator gives them their roles over HTTP."""
    stage.operator = await operator.sign_in(stage.http)
    for name, full, sex, roles in OFFICERS:
        verdict = stage.ok(await prove(stage, card(full, date(1985, 3, 9), sex)))
        await enrolled(stage, name, verdict)
        for role in roles:
            body = {"person_id": stage.ids[name], "role": role}
            stage.ok(await stage.operator.phone.call("POST", "/v1/staff/roles", json=body), 204)
    member = {"person_id": stage.ids["Ward officer"], "role": "officer"}
    stage.ok(await stage.operator.phone.call("POST", f"/v1/organisations/{stage.operator.organisation_id}/members", json=member), 201)
    stage.told("Hòa, Thu and a ward officer prove themselves; an administrator gives roles", "moderator, appeals, attestation officer")


async def _residence(stage: Stage, name: str) -> None:
    await attest(stage, name)
    me = stage.ok(await stage.phone(name).call("GET", "/v1/me"))
    stage.expect(me["trust_level"] == 3, f"{name}'s residence is attested")
    stage.told(f"An agency attests {name}'s residence in Phường Hoàn Kiếm", f"trust level {me['trust_level']}")


async def attest(stage: Stage, name: str) -> None:
    """The ward officer attests the person's residence."""
    stage.expect(stage.operator, "the demo city has an agency")
    units = stage.ok(await stage.http.get("/v1/places/units", params={"q": "hoan kiem"}))["items"]
    unit = next(unit for unit in units if unit["code"] == WARD)
    stage.props["ward"] = unit
    today = now().date()
    body = {
        "person_id": stage.ids[name],
        "kind": "residence",
        "organisation_id": stage.operator.organisation_id if stage.operator else "",
        "unit_id": unit["id"],
        "valid_from": today.isoformat(),
        "valid_to": today.replace(year=today.year + 1, day=1).isoformat(),
        "reference": "demo register",
    }
    stage.ok(await stage.phone("Ward officer").call("POST", "/v1/attestations", json=body), 201)


async def _sign_in(stage: Stage) -> None:
    told = stage.ok(await stage.http.get("/.well-known/openid-configuration"))
    keys = stage.ok(await stage.http.get("/oauth/jwks"))["keys"]
    stage.told("Discovery and JWKS", f"{len(told)} members, {len(keys)} key ({keys[0]['alg']})")
    lan = stage.phone("Lan")
    tokens = await lan.sign_in(prompt="login")
    stage.told("PAR, PKCE S256, DPoP, passkey, code, tokens", f"access token of {len(tokens.access)} characters, refresh token")
    claims = stage.ok(await lan.call("GET", "/oauth/userinfo"))
    stage.expect(claims["name"].casefold() == "nguyễn thị lan", f"userinfo names her, not {claims['name']}")
    stage.told("Userinfo", f"{claims['name']}, {claims['acr']}, sub {claims['sub'][:18]}…")
    await lan.refresh()
    stage.told("Refresh, bound to the device", "a new access token")
    await _logout(stage, lan)


async def _logout(stage: Stage, lan: Phone) -> None:
    other = Phone(stage.http, lan.passkey)
    await other.sign_in()
    stage.expect(
        (await stage.http.get("/oauth/logout", params={"id_token_hint": other.held.id_token})).status_code == 200, "logout answers"
    )

    async def ended() -> bool:
        return (await other.call("GET", "/v1/me")).status_code == 401

    await stage.until("the end of a signed-out session", ended, 5)
    stage.told("Logout of a second sign-in", "its tokens are dead within seconds; the first sign-in lives on")
    stage.ok(await lan.call("GET", "/v1/me"))
