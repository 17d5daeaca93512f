"""Opening an app: consent asked once in exact words, levels stepped up, tokens that say only what was agreed to."""

import asyncio

import pytest
from sqlalchemy import func, select

from hanoismart import clock, tokens
from hanoismart.text import Text
from identity.api import consent
from plugins.launch.models import Launch
from plugins.registry import lifecycle
from tests.support.miniapps import APP, SmallHub, installed, manifest

LEVEL = {"scope": "profile.level", "purpose": {"vi": "Cấp vé đúng loại", "en": "Issue the right ticket"}}
NAME = {"scope": "profile.name", "optional": True, "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}}


async def keys_of(hub: SmallHub) -> tokens.PublicKeys:
    return tokens.public_keys((await hub.client.get("/.well-known/hanoismart/miniapp-keys.json")).json())


async def test_consent_is_asked_word_for_word_and_once(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[LEVEL, NAME]))
    await hub.signed_in()
    asked = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})
    assert (asked.status_code, asked.json()["code"]) == (409, "miniapps.consent_required")
    level, name = asked.json()["scopes"]
    assert level["purpose"] == {"vi": "Cấp vé đúng loại", "en": "Issue the right ticket"}
    assert (level["optional"], name["optional"]) == (False, True)
    answered = await hub.client.post(
        f"/v1/miniapps/{APP}/consent",
        json={
            "granted": [{"scope": "profile.level", "purpose_hash": level["purpose_hash"]}],
            "declined": [{"scope": "profile.name", "purpose_hash": name["purpose_hash"]}],
        },
    )
    assert answered.json() == {"app_id": APP, "agreed": ["profile.level"]}
    opened = await hub.opened()
    assert opened["scopes"] == ["profile.level"]
    launch = tokens.verify_launch(
        opened["launch_token"], keys=await keys_of(hub), app_id=APP, now=clock.now(), issuer="http://localhost:8000"
    )
    assert launch.grant.scopes == {"profile.level"}
    assert (launch.locale, launch.start_param, launch.grant.acr) == ("vi", "pages/ticket?id=7", "urn:hanoi:loa:2")
    async with hub.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Launch)) == 1
    mine = await hub.client.get("/v1/me/miniapps")
    assert [one["app_id"] for one in mine.json()["items"]] == [APP]


async def test_changed_words_are_asked_again(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[NAME]))
    person = await hub.signed_in()
    await hub.agree()
    await hub.opened()
    reworded = {**NAME, "purpose": {"vi": "In tên lên vé giấy", "en": "Print name on a paper ticket"}}
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[reworded]) | {"version": {"code": 13, "name": "1.5.0"}})
    again = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})
    assert again.json()["scopes"][0]["purpose"]["en"] == "Print name on a paper ticket"
    async with hub.database.session() as session:
        assert (
            await consent.missing(session, person, APP, [consent.Ask("profile.name", Text(vi="In tên trên vé", en="Print name on ticket"))])
            == []
        )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"granted": [{"scope": "phone", "purpose_hash": "0" * 64}]}, 422, "miniapps.consent_not_asked"),
        ({"granted": [{"scope": "profile.level", "purpose_hash": "0" * 64}]}, 409, "miniapps.consent_changed"),
        ({"granted": [{"scope": "profile.level", "purpose_hash": "x"}]}, 422, "request.invalid"),
        ({"declined": [{"scope": "profile.level", "purpose_hash": "right"}]}, 422, "miniapps.required_declined"),
    ],
)
async def test_only_what_was_shown_can_be_answered(hub: SmallHub, body: dict[str, list[dict[str, str]]], status: int, code: str) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[LEVEL]))
    await hub.signed_in()
    shown = (await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})).json()["scopes"][0]
    for one in (*body.get("granted", []), *body.get("declined", [])):
        if one["purpose_hash"] == "right":
            one["purpose_hash"] = shown["purpose_hash"]
    answered = await hub.client.post(f"/v1/miniapps/{APP}/consent", json=body)
    assert (answered.status_code, answered.json()["code"]) == (status, code)


async def test_a_higher_level_is_asked_for(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[], min_assurance="verified"))
    await hub.signed_in(acr=1)
    refused = await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})
    assert (refused.status_code, refused.json()["code"]) == (401, "access.step_up_required")
    assert 'acr_values="urn:hanoi:loa:2"' in refused.headers["www-authenticate"]


async def test_nobody_and_a_suspended_app_are_refused(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[]))
    assert (await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})).status_code == 401
    await hub.signed_in()
    async with hub.database.transaction() as session:
        await lifecycle.suspend(session, APP, reason=Text(vi="Lỗi", en="Broken"), actor="staff:test")
    assert (await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})).json()["code"] == "miniapps.suspended"


async def test_two_people_are_known_by_two_names_and_ten_launches_at_once_hold(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=[]))
    subjects = set()
    for name in ("Lan", "Minh"):
        await hub.signed_in(name=name)
        opened = await asyncio.gather(*(hub.opened() for _ in range(5)))
        keys = await keys_of(hub)
        launches = [tokens.verify_launch(one["launch_token"], keys=keys, app_id=APP, now=clock.now()) for one in opened]
        assert len({launch.grant.jti for launch in launches}) == 5
        subjects |= {launch.subject for launch in launches}
    assert len(subjects) == 2
