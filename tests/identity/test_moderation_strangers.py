"""Nobody works on what concerns themselves, at no step of a case, and of many officers at once one has an effect."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from sqlalchemy import func, select

from hanoismart.server.database import Database
from identity.moderation.models import Appeal, Decision, Outcome, Statement
from identity.moderation.routes import router
from identity.moderation.staff_routes import router as staff_router
from tests.support.apps import served
from tests.support.moderated import CASES, LOCK, VERDICT, Scene, a_scene


@pytest_asyncio.fixture
async def scene(db: Database) -> AsyncIterator[Scene]:
    async with a_scene(db) as scene:
        yield scene


@pytest_asyncio.fixture
async def city(committed_db: Database) -> AsyncIterator[Scene]:
    async with a_scene(committed_db) as scene:
        yield scene


async def test_an_officer_does_not_find_or_read_a_case_about_themselves(scene: Scene) -> None:
    await scene.report(scene.minh)
    case = await scene.case()
    scene.staff(scene.lan)
    assert (await scene.hub.client.get(CASES)).json()["items"] == []
    assert (await scene.hub.client.get(f"{CASES}/{case}")).json()["code"] == "moderation.case_not_found"
    scene.staff(scene.hoa)
    assert [found["id"] for found in (await scene.hub.client.get(CASES)).json()["items"]] == [case]


async def test_who_reports_after_taking_the_case_cannot_decide_it(scene: Scene) -> None:
    await scene.report(scene.minh)
    case = await scene.case()
    assert (await scene.claim(case, scene.hoa)).status_code == 200
    assert (await scene.report(scene.hoa)).status_code == 201
    scene.staff(scene.hoa)
    refused = await scene.hub.client.post(f"{CASES}/{case}/decide", json=VERDICT)
    assert (refused.status_code, refused.json()["code"]) == (403, "moderation.own_case")


async def test_a_reporter_is_not_the_second_pair_of_eyes(scene: Scene) -> None:
    await scene.report(scene.thu)
    assert (await scene.decide(scene.hoa, LOCK | {"days": None})).json()["state"] == "proposed"
    case = await scene.case()
    scene.staff(scene.thu)
    refused = await scene.hub.client.post(f"{CASES}/{case}/approve", json={"agree": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "moderation.own_case")


async def test_a_reporter_does_not_judge_the_appeal(scene: Scene) -> None:
    await scene.report(scene.thu)
    decision = await scene.decided(VERDICT)
    appeal = (await scene.appeal(decision)).json()["id"]
    scene.staff(scene.thu)
    refused = await scene.hub.client.post(f"/v1/moderation/appeals/{appeal}/claim")
    assert (refused.status_code, refused.json()["code"]) == (403, "moderation.own_judgement")


async def _count(database: Database, model: Any) -> int:
    async with database.session() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_of_twenty_claims_at_once_one_wins(city: Scene) -> None:
    await city.report(city.minh)
    case = await city.case()

    async def claim(number: int) -> int:
        async with served(city.database, [router, staff_router]) as hub:
            hub.caller.person(city.hoa if number % 2 else city.thu, permissions=("moderation.decide",))
            return (await hub.client.post(f"{CASES}/{case}/claim")).status_code

    answers = await asyncio.gather(*(claim(number) for number in range(20)))
    assert sorted(answers) == [200] * 10 + [409] * 10  # the winner's own are renewals


async def test_twenty_equal_decisions_and_appeals_have_one_effect(city: Scene) -> None:
    await city.report(city.minh)
    await city.report(city.anna)
    case = await city.case()
    await city.claim(case, city.hoa)
    decided = await asyncio.gather(*(city.hub.client.post(f"{CASES}/{case}/decide", json=VERDICT) for _ in range(20)))
    assert sorted(answer.status_code for answer in decided) == [200] + [409] * 19
    counted = [await _count(city.database, model) for model in (Decision, Statement, Outcome)]
    assert counted == [1, 1, 2]
    decision = next(answer.json()["decision_id"] for answer in decided if answer.status_code == 200)
    city.hub.caller.person(city.lan)
    path = f"/v1/me/moderation/decisions/{decision}/appeal"
    filed = await asyncio.gather(*(city.hub.client.post(path, json={"text": "Tôi chỉ nói đùa"}) for _ in range(20)))
    assert sorted(answer.status_code for answer in filed) == [201] + [409] * 19
    assert await _count(city.database, Appeal) == 1
