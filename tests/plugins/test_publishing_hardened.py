"""What happens between two steps of publishing: keys revoked, versions taken back, domains sold, and reviewers with a share in it."""

from typing import Any

import pytest
from sqlalchemy import event, select

from kernel.blobs import Blobs
from plugins.developers import domains
from plugins.developers.models import DomainProof, ProofState
from plugins.packages import submitting
from plugins.registry import states
from plugins.registry.models import Version, VersionState
from plugins.registry.states import StepImpossible
from plugins.review.models import Outcome, Review, ReviewOpinion
from plugins.settings import settings
from tests.support.miniapps import SmallHub
from tests.support.publishing import APP_ID, Studio, approved, checked, joins, opinion, rolled, sent, staff, state_of, studio
from tests.support.work import run_jobs

WHY = {"reason_vi": "Lừa dối về giá", "reason_en": "Misleading prices"}


async def test_a_version_decided_meanwhile_cannot_be_taken_back(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert await checked(house, blobs, workshop, workshop.built()) is VersionState.IN_REVIEW
    async with house.database.session() as session:
        version = (await session.scalars(select(Version))).one()
        assert version.state is VersionState.IN_REVIEW
        assert (await opinion(house, await staff(house, "Hòa"), 1, "approve")).status_code == 201
        with pytest.raises(StepImpossible):
            await submitting.withdraw(session, [version], by=workshop.developer_id)
    assert await state_of(house, 1) is VersionState.APPROVED


async def test_two_steps_at_once_are_one(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    async with house.database.session() as session:
        version = (await session.scalars(select(Version))).one()
        assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/versions/1/revoke")).json()["state"] == "revoked"
        with pytest.raises(StepImpossible):
            await states.move(session, version, VersionState.LIVE, actor="test")
    assert await state_of(house, 1) is VersionState.REVOKED


async def test_a_key_revoked_while_a_version_waits_stops_it(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert await checked(house, blobs, workshop, workshop.built()) is VersionState.IN_REVIEW
    key = f"/v1/dev/organisations/{workshop.organisation_id}/keys/{workshop.key.thumbprint()}"
    assert (await house.client.post(f"{key}/revoke", json={"reason": "stolen"})).status_code == 200
    officer = await staff(house, "Hòa")
    refused = await opinion(house, officer, 1, "approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "review.signer_revoked")
    assert await state_of(house, 1) is VersionState.IN_REVIEW
    assert (await opinion(house, officer, 1, "reject", "R4.2")).status_code == 201


async def test_a_version_revoked_in_review_leaves_the_queue(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert await checked(house, blobs, workshop, workshop.built()) is VersionState.IN_REVIEW
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/versions/1/revoke")).status_code == 200
    async with house.database.session() as session:
        assert await session.scalar(select(Review.outcome)) is Outcome.WITHDRAWN
    assert (await opinion(house, await staff(house, "Hòa"), 1, "approve")).json()["code"] == "review.over"


async def test_who_belongs_to_the_organisation_decides_no_appeal_of_it(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    await rolled(house, 1, "live")
    first, colleague = await staff(house, "Hòa"), await staff(house, "Lan")
    async with house.database.transaction() as session:
        await joins(session, workshop.organisation_id, colleague)
    await house.signed_in(person_id=first)
    suspend, terminate = f"/v1/review/apps/{APP_ID}/suspend", f"/v1/review/apps/{APP_ID}/terminate"
    assert (await house.client.post(suspend, json=WHY)).status_code == 200
    assert (await house.client.post(suspend, json=WHY)).json()["code"] == "miniapps.step_impossible"
    await house.signed_in(person_id=workshop.developer_id)
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/appeal", json={"text": "Giá đúng"})).status_code == 201
    await house.signed_in(person_id=colleague)
    (waiting,) = (await house.client.get("/v1/review/appeals")).json()["items"]
    own = await house.client.post(f"/v1/review/appeals/{waiting['id']}/decide", json={"granted": True, "note": "đúng"})
    assert (own.status_code, own.json()["code"]) == (403, "review.own_work")
    assert (await house.client.post(terminate)).json()["appeal"] == "open"
    assert (await house.client.post(f"/v1/review/apps/{APP_ID}/restore")).status_code == 200
    assert (await house.client.get("/v1/review/appeals")).json()["items"] == []
    await house.signed_in(person_id=workshop.developer_id)
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/unpublish")).status_code == 200
    await house.signed_in(person_id=first)
    assert (await house.client.post(f"/v1/review/apps/{APP_ID}/restore")).json()["code"] == "miniapps.step_impossible"


SENSITIVE: dict[str, Any] = {
    "scopes": [{"scope": "phone", "purpose": {"vi": "Gọi khi hàng tới", "en": "Call when the goods arrive"}}],
    "webhooks": {"url": "https://shop.example.vn/hook", "events": ["consent.revoked", "account.erased"]},
}


@pytest.mark.parametrize("stage", ["whitelist", "canary", "live"])
async def test_who_joins_the_developers_after_approving_counts_no_more(house: SmallHub, workshop: Studio, blobs: Blobs, stage: str) -> None:
    assert await checked(house, blobs, workshop, workshop.built(1, **SENSITIVE)) is VersionState.IN_REVIEW
    first, second = await staff(house, "Hòa"), await staff(house, "Thu")
    for one in (first, second):
        assert (await opinion(house, one, 1, "approve")).status_code == 201
    async with house.database.transaction() as session:
        await joins(session, workshop.organisation_id, second)
    refused = await rolled(house, 1, stage)
    assert (refused.status_code, refused.json()["code"]) == (409, "review.not_impartial")
    assert (refused.json()["needed"], refused.json()["left"]) == (2, 1)
    assert await state_of(house, 1) is VersionState.APPROVED


async def test_a_version_that_people_have_may_always_be_rolled_back_to(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    for code in (1, 2):
        await approved(house, blobs, workshop, code)
        assert (await rolled(house, code, "live")).status_code == 200
    async with house.database.transaction() as session:
        for person_id in set(await session.scalars(select(ReviewOpinion.reviewer_id))):
            await joins(session, workshop.organisation_id, person_id)
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")).json() == {"live": 1}


async def test_a_domain_that_was_sold_can_be_proved_by_who_holds_it_now(
    house: SmallHub, workshop: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands: set[str] = {"hanoismart-verification=t"}

    async def look(_domain: str, expected: str) -> bool:
        return expected in stands

    monkeypatch.setattr(domains, "look", look)
    async with house.database.transaction() as session:
        buyer = await studio(session, code="0309876543")
    await house.signed_in(person_id=buyer.developer_id)
    mine = f"/v1/dev/organisations/{buyer.organisation_id}/domains"
    stands.add((await house.client.post(mine, json={"domain": "example.vn"})).json()["dns_value"])
    taken = await house.client.post(f"{mine}/example.vn/check")
    assert (taken.status_code, taken.json()["code"]) == (409, "developers.domain_taken")
    stands.remove("hanoismart-verification=t")
    assert (await house.client.post(f"{mine}/example.vn/check")).json()["state"] == "verified"
    stands.clear()
    assert (await house.client.post(f"{mine}/example.vn/check")).json()["code"] == "developers.domain_unproven"
    async with house.database.session() as session:
        assert set(await session.scalars(select(DomainProof.state))) == {ProofState.LAPSED}
    for number in range(49):
        assert (await house.client.post(mine, json={"domain": f"shop{number}.example.vn"})).status_code in {200, 201}
    assert (await house.client.post(mine, json={"domain": "more.example.vn"})).json()["code"] == "developers.too_many_domains"


async def test_a_backend_moves_only_within_proven_domains(house: SmallHub, workshop: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(settings()), "registry_environment", "production")
    place = f"/v1/dev/apps/{APP_ID}/backend"
    moved = await house.client.put(place, json={"url": "https://elsewhere.example.com"})
    assert (moved.status_code, moved.json()["code"]) == (422, "developers.backend_refused")
    assert (await house.client.put(place, json={"url": "https://api.example.vn"})).json()["backend_url"] == "https://api.example.vn"


async def test_a_list_of_apps_is_one_question_whatever_its_length(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop)
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2)
    place = f"/v1/dev/organisations/{workshop.organisation_id}/apps"
    asked: list[str] = []
    engine = house.database.engine.sync_engine

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    async def count() -> int:
        asked.clear()
        event.listen(engine, "before_cursor_execute", hear)
        try:
            listed = (await house.client.get(place)).json()["items"]
        finally:
            event.remove(engine, "before_cursor_execute", hear)
        (shop,) = (one for one in listed if one["app_id"] == APP_ID)
        assert (shop["live"], shop["latest"], shop["canary"]) == (1, 2, None)
        return len(asked)

    before = await count()
    for number, name in enumerate(("Sách cũ", "Hoa tươi", "Giày da")):
        app = {"app_id": f"vn.example.more{number}", "name_vi": name, "name_en": name}
        assert (await house.client.post(place, json=app)).status_code == 201
    assert await count() == before


async def test_a_package_that_is_gone_before_its_checks_fails_them(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    assert (await sent(house, blobs, workshop, workshop.built())).status_code == 202
    async with house.database.session() as session:
        key = await session.scalar(select(Version.package_key))
    assert key is not None
    await blobs.delete(key)
    await run_jobs(house.database, "plugins.check_version", blobs=blobs)
    assert await state_of(house, 1) is VersionState.AUTO_FAILED
    report = (await house.client.get(f"/v1/dev/apps/{APP_ID}/versions/1/report")).json()
    assert (report["passed"], [one["ruleId"] for one in report["runs"][0]["results"]]) == (False, ["HS3010"])
