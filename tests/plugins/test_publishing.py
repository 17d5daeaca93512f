"""A stranger's app from a key to everybody's hands, and every way the registry says no on the way."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from hanoismart import package, tokens, transparency
from hanoismart.clock import now
from hanoismart.manifest import PLATFORM
from kernel.blobs import Blobs
from plugins.developers.models import DomainProof, ProofState
from plugins.registry.models import Version, VersionState
from plugins.review.models import Opinion, Outcome, Review, ReviewOpinion
from tests.support.miniapps import SmallHub
from tests.support.publishing import (
    APP_ID,
    Studio,
    approved,
    checked,
    document,
    files,
    joins,
    opinion,
    reviewer,
    rolled,
    sent,
    staff,
    state_of,
    studio,
    uploaded,
)


async def test_a_version_goes_from_an_upload_to_everybody(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    assert (await house.client.get(f"/v1/miniapps/{APP_ID}")).status_code == 404
    assert (await rolled(house, 1, "live")).json()["state"] == "live"
    assert (await house.client.get(f"/v1/miniapps/{APP_ID}")).json()["name"] == "Tiệm góc phố"
    listed = (await house.client.get("/v1/miniapps", params={"q": "tiem goc"})).json()["items"]
    assert [one["app_id"] for one in listed] == [APP_ID]
    told = (await house.client.get(f"/v1/dev/apps/{APP_ID}")).json()
    assert (told["status"], told["live"], told["latest"]) == ("published", 1, 1)
    detail = (await house.client.get(f"/v1/dev/apps/{APP_ID}/versions/1")).json()
    assert [(one["round"], one["outcome"], one["opinions"][0]["opinion"]) for one in detail["rounds"]] == [(1, "approved", "approve")]
    assert "reviewer_id" not in detail["rounds"][0]["opinions"][0]
    opened = await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})
    assert opened.status_code == 201, opened.text


async def test_the_world_can_check_what_was_accepted(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    first = (await house.client.get("/v1/registry/log/checkpoint")).json()
    keys = tokens.public_keys((await house.client.get("/.well-known/hanoismart/miniapp-keys.json")).json())
    head = transparency.Checkpoint.verified(first["signature"], keys)
    assert (head.size, head.root.hex()) == (1, first["root"])
    proof = (await house.client.get(f"/v1/registry/log/proof/inclusion/{APP_ID}/1", params={"size": 1})).json()
    leaf = transparency.leaf_hash(proof["entry"].encode())
    transparency.verify_inclusion(leaf, proof["position"], 1, [bytes.fromhex(one) for one in proof["hashes"]], head.root)
    built = workshop.built()
    assert built.digest in proof["entry"]
    said = package.verify_countersignature(proof["countersignature"], keys, built.files_json)
    assert (said.app_id, said.version_code, said.environment) == (APP_ID, 1, "sandbox")
    assert (await house.client.get(f"/v1/registry/log/proof/inclusion/{APP_ID}/9", params={"size": 1})).status_code == 404
    assert (await house.client.get(f"/v1/registry/log/proof/inclusion/{APP_ID}/1", params={"size": 5})).status_code == 422
    await approved(house, blobs, workshop, 2)
    second = (await house.client.get("/v1/registry/log/checkpoint")).json()
    joined = (await house.client.get("/v1/registry/log/proof/consistency", params={"first": 1, "second": 2})).json()
    hashes = [bytes.fromhex(one) for one in joined["hashes"]]
    transparency.verify_consistency(1, 2, head.root, bytes.fromhex(second["root"]), hashes)
    with pytest.raises(DBAPIError):
        async with house.database.transaction() as session:
            await session.execute(text("UPDATE plugins.log_leaf SET entry = 'x'"))


@pytest.mark.parametrize(
    ("step", "forge"),
    [
        ("missing", lambda _made: package.of_files(files(document()))),
        ("environment", lambda made: package.sign(made.built(), made.key, "production")),
        ("key", lambda made: package.sign(made.built(), tokens.new_key(), "sandbox")),
    ],
)
async def test_a_forged_signature_is_refused(house: SmallHub, workshop: Studio, blobs: Blobs, step: str, forge: Any) -> None:
    response = await sent(house, blobs, workshop, forge(workshop))
    assert (response.status_code, response.json()["code"], response.json()["step"]) == (422, "packages.signature_refused", step)


async def test_a_stolen_key_is_revoked_and_hits_no_neighbour(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    assert (await rolled(house, 1, "live")).status_code == 200
    other = tokens.new_key()
    keys = f"/v1/dev/organisations/{workshop.organisation_id}/keys"
    assert (await house.client.post(keys, json={"jwk": other.as_dict(private=False), "label": "second"})).status_code == 201
    revoked = await house.client.post(f"{keys}/{workshop.key.thumbprint()}/revoke", json={"reason": "stolen"})
    assert revoked.json()["revoked_at"] is not None
    refused = await sent(house, blobs, workshop, workshop.built(2))
    assert (refused.status_code, refused.json()["step"]) == (422, "key")
    assert (await house.client.get(f"/v1/miniapps/{APP_ID}")).status_code == 200
    unsigned = package.of_files(files(document(code=2)))
    assert (await sent(house, blobs, workshop, package.sign(unsigned, other, "sandbox"))).status_code == 202


async def test_keys_of_others_and_outside_their_time_do_not_count(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    async with house.database.transaction() as session:
        stranger = await studio(session, code="0309876543")
    forged = await sent(house, blobs, workshop, package.sign(workshop.built(), stranger.key, "sandbox"))
    assert forged.json()["step"] == "key"
    keys = f"/v1/dev/organisations/{workshop.organisation_id}/keys"
    known = await house.client.post(keys, json={"jwk": stranger.key.as_dict(private=False), "label": "mine now"})
    assert (known.status_code, known.json()["code"]) == (409, "developers.key_known")
    private = await house.client.post(keys, json={"jwk": tokens.new_key().as_dict(private=True), "label": "oops"})
    assert (private.status_code, private.json()["code"]) == (422, "developers.key_invalid")
    early = tokens.new_key()
    body = {"jwk": early.as_dict(private=False), "label": "next year", "not_before": (now() + timedelta(days=9)).isoformat()}
    assert (await house.client.post(keys, json=body)).status_code == 201
    refused = await sent(house, blobs, workshop, package.sign(workshop.built(), early, "sandbox"))
    assert refused.json()["step"] == "key"
    for number in range(4):
        made = await house.client.post(keys, json={"jwk": tokens.new_key().as_dict(private=False), "label": f"key {number}"})
    assert (made.status_code, made.json()["code"]) == (409, "developers.too_many_keys")


async def test_hostile_packages_and_other_bytes_under_an_old_code_are_refused(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    hostile = await sent(house, blobs, workshop, package.archive.write({**workshop.built().files, "../evil.js": b"x"}))
    assert (hostile.status_code, hostile.json()["code"]) == (422, "packages.refused")
    assert [one["rule"] for one in hostile.json()["findings"]] == ["HS2011"]
    assert await checked(house, blobs, workshop, workshop.built(3)) is VersionState.IN_REVIEW
    same = await sent(house, blobs, workshop, workshop.built(3))
    assert (same.status_code, same.json()["state"]) == (202, "in_review")
    altered = await sent(house, blobs, workshop, workshop.built(3, more={"app.js": b"export const evil = 1"}))
    assert (altered.status_code, altered.json()["code"]) == (409, "miniapps.version_altered")
    older = await sent(house, blobs, workshop, workshop.built(2))
    assert (older.status_code, older.json()["code"]) == (409, "miniapps.version_not_rising")
    foreign = await sent(house, blobs, workshop, workshop.built(4, app_id="vn.example.other"))
    assert (foreign.status_code, foreign.json()["code"]) == (422, "packages.other_app")
    async with house.database.transaction() as session:
        someone = await studio(session, code="0309876543")
        theirs = await uploaded(session, blobs, someone.developer_id, workshop.built(5).to_bytes())
    stolen = await house.client.post(f"/v1/dev/apps/{APP_ID}/versions", json={"upload_id": str(theirs)})
    assert stolen.status_code == 404


async def test_an_upload_counts_once_also_in_a_race(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    async with house.database.transaction() as session:
        upload_id = await uploaded(session, blobs, workshop.developer_id, workshop.built().to_bytes())
    body = {"upload_id": str(upload_id)}
    both = await asyncio.gather(*(house.client.post(f"/v1/dev/apps/{APP_ID}/versions", json=body) for _ in range(3)))
    assert {one.status_code for one in both} <= {202, 409, 422}, [one.text for one in both]
    async with house.database.session() as session:
        assert len((await session.scalars(select(Version).where(Version.app_id == APP_ID))).all()) == 1


async def test_many_versions_wait_at_once_and_a_newer_one_may_take_their_place(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    for code in (1, 2):
        assert await checked(house, blobs, workshop, workshop.built(code)) is VersionState.IN_REVIEW
    assert await checked(house, blobs, workshop, workshop.built(3), supersede=True) is VersionState.IN_REVIEW
    assert [await state_of(house, code) for code in (1, 2)] == [VersionState.DRAFT] * 2
    over = await opinion(house, await staff(house, "Hòa"), 1, "approve")
    assert (over.status_code, over.json()["code"]) == (409, "review.over")
    taken_back = await house.client.post(f"/v1/dev/apps/{APP_ID}/versions/3/withdraw")
    assert taken_back.json()["state"] == "draft"


async def test_machines_stop_a_look_alike_and_tell_why(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    async with house.database.transaction() as session:
        forger = await studio(session, code="0309876543")
        session.add(
            DomainProof(organisation_id=forger.organisation_id, domain="forge.vn", token="t", state=ProofState.VERIFIED, verified_at=now())
        )
    await house.signed_in(person_id=forger.developer_id)
    apps = f"/v1/dev/organisations/{forger.organisation_id}/apps"
    for names, reason in (
        ({"name_vi": "Tiệm gốc phố", "name_en": "Corner  sh0p"}, "lookalike"),
        ({"name_vi": "Тiệm góc", "name_en": "Other"}, "script"),
    ):
        refused = await house.client.post(apps, json={"app_id": "vn.forge.shop", **names})
        assert (refused.status_code, refused.json()["reason"]) == (422, reason), refused.text
    for app_id, reason in (("vn.example.x", "domain"), ("vn.gov.tax", "reserved"), ("vn.hanoi.bus", "reserved"), ("Nope", "form")):
        refused = await house.client.post(apps, json={"app_id": app_id, "name_vi": "Một tên", "name_en": "A name"})
        assert (refused.status_code, refused.json()["reason"]) == (422, reason)
    own = {"app_id": "dev.0309876543.shop", "name_vi": "Một tên", "name_en": "A name"}
    assert (await house.client.post(apps, json=own)).status_code == 201
    assert (await house.client.post(apps, json=own)).status_code == 409
    assert (await house.client.get(f"/v1/dev/apps/{APP_ID}")).status_code == 404
    assert (await house.client.get(f"/v1/dev/organisations/{workshop.organisation_id}/keys")).status_code == 404


async def test_the_report_names_rules_and_a_failed_version_goes_no_further(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert (await house.client.get(f"/v1/dev/apps/{APP_ID}/versions/1/report")).status_code == 404
    paid = {"enabled": True, "agency_code": "000.00.19.H26"}
    assert await checked(house, blobs, workshop, workshop.built(1, payments=paid)) is VersionState.AUTO_FAILED
    report = (await house.client.get(f"/v1/dev/apps/{APP_ID}/versions/1/report")).json()
    (found,) = [one for one in report["runs"][0]["results"] if one["level"] == "error"]
    assert (found["ruleId"], found["location"]["pointer"]) == ("HS3007", "/hs/payments/agency_code")
    assert {"vi", "en"} == found["message"].keys() == found["fix"].keys()
    assert (await rolled(house, 1, "live")).json()["code"] == "miniapps.step_impossible"


async def test_a_version_for_a_newer_platform_waits_for_it(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    newer = document() | {"platform_version": {"min_code": PLATFORM + 1, "target_code": PLATFORM + 1}}
    built = package.sign(package.of_files(files(newer)), workshop.key, "sandbox")
    assert await checked(house, blobs, workshop, built) is VersionState.AUTO_FAILED
    report = (await house.client.get(f"/v1/dev/apps/{APP_ID}/versions/1/report")).json()
    (found,) = [one for one in report["runs"][0]["results"] if one["level"] == "error"]
    assert (found["ruleId"], found["location"]["pointer"]) == ("HS3012", "/platform_version/min_code")
    assert str(PLATFORM) in found["fix"]["en"]


SENSITIVE: dict[str, Any] = {
    "scopes": [{"scope": "phone", "purpose": {"vi": "Gọi khi hàng tới", "en": "Call when the goods arrive"}}],
    "webhooks": {"url": "https://shop.example.vn/hook", "events": ["consent.revoked", "account.erased"]},
}


async def test_sensitive_scopes_need_two_people_and_the_database_says_so_too(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert await checked(house, blobs, workshop, workshop.built(1, **SENSITIVE)) is VersionState.IN_REVIEW
    first, second = await staff(house, "Hòa"), await staff(house, "Thu")
    assert (await opinion(house, first, 1, "approve")).status_code == 201
    assert await state_of(house, 1) is VersionState.IN_REVIEW
    again = await opinion(house, first, 1, "approve")
    assert (again.status_code, again.json()["code"]) == (409, "review.spoken_before")
    with pytest.raises(DBAPIError):
        async with house.database.transaction() as session:
            await session.execute(update(Review).values(outcome=Outcome.APPROVED, decided_at=now()))
    assert (await opinion(house, second, 1, "approve")).status_code == 201
    assert await state_of(house, 1) is VersionState.APPROVED


async def test_nobody_reviews_their_own_and_a_rejection_cites_rules(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert await checked(house, blobs, workshop, workshop.built()) is VersionState.IN_REVIEW
    first, second = await staff(house, "Hòa"), await staff(house, "Thu")
    async with house.database.transaction() as session:
        colleague = await reviewer(session, "Lan")
        await joins(session, workshop.organisation_id, colleague)
    assert (await opinion(house, colleague, 1, "approve")).json()["code"] == "review.own_work"
    assert (await opinion(house, first, 1, "reject")).json()["code"] == "review.rules_needed"
    assert (await opinion(house, first, 1, "reject", "R9.9")).json()["code"] == "review.rules_needed"
    assert (await opinion(house, first, 1, "reject", "R1.2")).status_code == 201
    assert await state_of(house, 1) is VersionState.REJECTED
    detail = (await house.client.get(f"/v1/dev/apps/{APP_ID}/versions/1")).json()
    assert detail["rounds"][0]["opinions"][0]["rules"] == ["R1.2"]
    appeal = await house.client.post(f"/v1/dev/apps/{APP_ID}/versions/1/appeal", json={"text": "Ứng dụng chạy tốt"})
    assert (appeal.status_code, appeal.json()["state"]) == (201, "in_review")
    assert (await opinion(house, first, 1, "approve")).json()["code"] == "review.own_work"
    assert (await opinion(house, second, 1, "approve")).status_code == 201
    assert await state_of(house, 1) is VersionState.APPROVED
    twice = await house.client.post(f"/v1/dev/apps/{APP_ID}/versions/1/appeal", json={"text": "lần nữa"})
    assert twice.json()["code"] == "review.appeal_impossible"


async def test_two_reviewers_at_once_make_one_decision(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert await checked(house, blobs, workshop, workshop.built()) is VersionState.IN_REVIEW
    async with house.database.session() as session:
        review_id = await session.scalar(select(Review.id))
    assert review_id is not None
    people = [await staff(house, name) for name in ("Hòa", "Thu", "Lan")]

    async def speak(person_id: UUID) -> str:
        from hanoismart.problems import Problem
        from plugins.review import service as reviews

        try:
            async with house.database.transaction() as session:
                await reviews.speak(session, review_id, person_id, Opinion.APPROVE, rules=[], note_vi="x", note_en="x")
        except Problem as refused:
            return refused.code
        return "said"

    said = await asyncio.gather(*(speak(one) for one in people))
    assert sorted(said) == ["review.over", "review.over", "said"]
    async with house.database.session() as session:
        assert len((await session.scalars(select(ReviewOpinion))).all()) == 1


async def test_a_reviewer_sees_what_changed_and_the_clock(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    await rolled(house, 1, "live")
    assert await checked(house, blobs, workshop, workshop.built(2, more={"new.js": b"1"}, **SENSITIVE)) is VersionState.IN_REVIEW
    await house.signed_in(person_id=await staff(house, "Hòa"))
    (waiting,) = (await house.client.get("/v1/review/queue")).json()["items"]
    assert (waiting["version_code"], waiting["needed"], waiting["sensitive"]) == (2, 2, ["phone"])
    seen = (await house.client.get(f"/v1/review/reviews/{waiting['id']}")).json()["changes"]
    assert (seen["live"], seen["asked"], seen["files"]["added"], seen["files"]["changed"]) == (1, ["phone"], ["new.js"], ["manifest.json"])
    assert "/hs/scopes" in seen["members"]
    assert (await house.client.post(f"/v1/review/reviews/{waiting['id']}/claim")).json()["mine"] is True
    await house.signed_in(person_id=await staff(house, "Thu"))
    held = await house.client.post(f"/v1/review/reviews/{waiting['id']}/claim")
    assert (held.status_code, held.json()["code"]) == (409, "review.held")
    await house.signed_in()
    assert (await house.client.get("/v1/review/queue")).status_code == 403
