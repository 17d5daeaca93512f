"""Locks end by themselves, severe ones need four eyes, and nobody judges an appeal against their own decision."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.api import levels, moderation
from identity.moderation import jobs
from identity.moderation.models import Case, Decision, Sanction
from kernel.models import EventRow
from tests.support.moderated import CASES, LOCK, VERDICT, WALL, a_scene
from tests.support.people import a_person


async def test_a_timed_lock_ends_by_the_clock_and_is_told_by_its_job(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene:
            await scene.decided(LOCK)
            assert (await scene.mine(scene.lan))["locked"] is True
            async with db.session() as session:
                assert await moderation.locked(session, scene.lan)
                assert (await levels.facts(session, scene.lan)).trust_level == 2  # a social lock takes nothing else away
                sanction = (await session.scalars(select(Sanction))).one()
            run = Run({"id": str(sanction.id)}, 0, db, {})
            async with db.transaction() as session:
                await jobs.lift(session, run)
                assert await moderation.locked(session, scene.lan)  # too early: nothing happens
            time.advance(timedelta(days=7))
            async with db.transaction() as session:
                assert not await moderation.locked(session, scene.lan)
                await jobs.lift(session, run)
                await jobs.lift(session, run)
            async with db.session() as session:
                lifted = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.sanction_lifted"))
                assert list(lifted) == [{"person_id": str(scene.lan)}]


async def test_a_lock_for_good_needs_four_eyes(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        proposed = await scene.decide(scene.hoa, LOCK | {"days": None})
        assert proposed.json() == {"state": "proposed", "decision_id": None}
        case = await scene.case()
        assert (await scene.claim(case, scene.thu)).json()["code"] == "moderation.case_taken"
        approve = f"{CASES}/{case}/approve"
        scene.staff(scene.hoa)
        assert (await scene.hub.client.post(approve, json={"agree": True})).json()["code"] == "moderation.same_eyes"
        async with db.session() as session:
            assert not await moderation.locked(session, scene.lan)
        scene.staff(scene.thu)
        assert (await scene.hub.client.post(approve, json={"agree": False})).json()["state"] == "refused"
        await scene.decide(scene.hoa, LOCK | {"days": None})
        scene.staff(scene.thu)
        assert (await scene.hub.client.post(approve, json={"agree": True})).json()["state"] == "decided"
        assert (await scene.hub.client.post(approve, json={"agree": True})).json()["code"] == "moderation.nothing_proposed"
        mine = await scene.mine(scene.lan)
        assert (mine["locked"], mine["locked_until"]) == (True, None)


@pytest.mark.parametrize("approver", ["nobody", "the same"])
async def test_the_database_alone_refuses_a_lock_for_good_by_one_person(approver: str, session: AsyncSession) -> None:
    person = await a_person(session, phone=False)
    case = Case(
        subject_kind="account", subject_id=person, owner_id=person, severity=1, queue="conduct", state="open", sla_due_at=clock.now()
    )
    session.add(case)
    await session.flush()
    officer = new_id()
    words = {"rule_set": "house", "rule_key": "insult", "rule_version": 1, "rule_vi": "…", "rule_en": "…", "legal_ref": "…", "note": "…"}
    approved = None if approver == "nobody" else officer
    session.add(Decision(**words, case_id=case.id, restriction="lock", proposed_by=officer, approved_by=approved, decided_at=clock.now()))
    with pytest.raises(IntegrityError, match="four_eyes"):
        await session.flush()


async def test_an_appeal_is_judged_by_somebody_else_and_undoes_the_decision(db: Database) -> None:
    async with a_scene(db) as scene:
        decision = await scene.decided(LOCK)
        filed = await scene.appeal(decision)
        assert filed.status_code == 201
        assert (await scene.appeal(decision)).json()["code"] == "moderation.appealed_already"
        url = f"/v1/moderation/appeals/{filed.json()['id']}"
        answer = {"change": True, "answer_vi": "Chúng tôi đã sai.", "answer_en": "We were wrong."}
        scene.staff(scene.hoa)
        assert (await scene.hub.client.post(f"{url}/claim")).json()["code"] == "moderation.own_judgement"
        assert (await scene.hub.client.post(f"{url}/judge", json=answer)).json()["code"] == "moderation.own_judgement"
        scene.staff(scene.thu)
        assert (await scene.hub.client.post(f"{url}/judge", json=answer)).json()["code"] == "moderation.appeal_taken"
        (waiting,) = (await scene.hub.client.get("/v1/moderation/appeals")).json()["items"]
        assert "0912" not in waiting["text"]
        assert (await scene.hub.client.post(f"{url}/claim")).status_code == 200
        assert (await scene.hub.client.post(f"{url}/judge", json=answer)).json()["state"] == "changed"
        assert (await scene.hub.client.post(f"{url}/judge", json=answer)).json()["code"] == "moderation.appeal_taken"
        mine = await scene.mine(scene.lan)
        assert (mine["locked"], mine["statements"][0]["appeal"]["answer"]) == (False, {"vi": "Chúng tôi đã sai.", "en": "We were wrong."})
        assert scene.note not in WALL.hidden
        async with db.session() as session:
            judged = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.appeal_judged"))
            assert [(row["owner_id"], row["result"]) for row in judged] == [(str(scene.lan), "changed")]


async def test_the_database_alone_refuses_the_decider_as_judge(db: Database) -> None:
    async with a_scene(db) as scene:
        decision = await scene.decided(VERDICT)
        appeal = (await scene.appeal(decision)).json()["id"]
        statement = text(
            "UPDATE identity.moderation_appeal SET state = 'assigned', reviewer_id = :reviewer, lease_until = :until WHERE id = :id"
        )
        async with db.session() as session:
            with pytest.raises(IntegrityError, match="had no part in the decision"):
                await session.execute(statement, {"reviewer": scene.hoa, "until": clock.now(), "id": UUID(appeal)})
            await session.rollback()
        async with db.transaction() as session:
            await session.execute(statement, {"reviewer": scene.thu, "until": clock.now(), "id": UUID(appeal)})


async def test_appeals_are_the_owners_own_in_time_and_can_be_withdrawn(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene:
            decision = await scene.decided(VERDICT)
            assert (await scene.appeal(decision, scene.minh)).json()["code"] == "moderation.appeal_not_found"
            filed = (await scene.appeal(decision)).json()
            url = f"/v1/me/moderation/appeals/{filed['id']}"
            scene.hub.caller.person(scene.minh)
            assert (await scene.hub.client.delete(url)).status_code == 404
            scene.hub.caller.person(scene.lan)
            assert (await scene.hub.client.delete(url)).status_code == 204
            scene.staff(scene.thu)
            assert (await scene.hub.client.get("/v1/moderation/appeals")).json()["items"] == []
            scene.note = WALL.write(scene.lan, "again")
            later = await scene.decided(VERDICT)
            time.advance(timedelta(days=20))
            assert (await scene.appeal(later)).json()["code"] == "moderation.appeal_late"
