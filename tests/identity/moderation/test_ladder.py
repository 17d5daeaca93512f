"""The ladder by numbers that are rules: strikes expire, the decree's windows hold, a lock for good needs an authority."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app import wiring
from app.wiring import words
from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.access.models import Role
from identity.access.service import grant_role
from identity.moderation import jobs as moderation_jobs
from identity.moderation import priority, rules
from identity.moderation.authorities.routes import router as demands
from identity.moderation.models import Case, Decision, Step, Strike
from identity.places.queries import CITY
from kernel.models import EventRow
from notifications.inbox.models import Notification
from tests.support.apps import served
from tests.support.moderated import CASES, VERDICT, WALL, Scene, a_scene
from tests.support.work import run_jobs

DECREE = VERDICT | {"rule_set": "vn-nd147", "rule_key": "temporary_lock", "restriction": "lock", "days": 7}


async def _view(scene: Scene) -> Any:
    scene.staff(scene.thu)
    return (await scene.hub.client.get(f"{CASES}/{await scene.case()}")).json()


async def test_strikes_weigh_suggest_and_expire(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene:
            for _ in range(2):
                await scene.decided(VERDICT)
                scene.note = WALL.write(scene.lan, "again")
            await scene.report(scene.minh)
            view = await _view(scene)
            assert (view["strikes"], view["suggested"]) == (4, {"restriction": "limit", "days": 3, "rule": "limits/strikes"})
            time.advance(timedelta(days=91))
            view = await _view(scene)
            assert (view["strikes"], view["suggested"]["restriction"]) == (0, "note")


async def test_the_decrees_lock_needs_its_windows(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        assert (await scene.decide(scene.hoa, DECREE)).json()["code"] == "moderation.verdict_refused"
        await scene.decide(scene.hoa, VERDICT)
        for _ in range(3):
            scene.note = WALL.write(scene.lan, "again")
            await scene.decided(VERDICT)
        scene.note = WALL.write(scene.lan, "the fifth")
        await scene.report(scene.minh)
        view = await _view(scene)
        assert view["suggested"] == {"restriction": "lock", "days": 7, "rule": "vn-nd147/temporary_lock"}
        assert (await scene.decide(scene.hoa, DECREE)).json()["state"] == "decided"


async def test_what_does_not_count_and_what_was_undone_reaches_no_window(db: Database) -> None:
    async with a_scene(db) as scene:
        for _ in range(4):
            decision = await scene.decided(VERDICT | {"counts": False})
            scene.note = WALL.write(scene.lan, "again")
        appeal = (await scene.appeal(decision)).json()
        scene.staff(scene.thu)
        await scene.hub.client.post(f"/v1/moderation/appeals/{appeal['id']}/claim")
        answer = {"change": True, "answer_vi": "Hủy", "answer_en": "Undone"}
        assert (await scene.hub.client.post(f"/v1/moderation/appeals/{appeal['id']}/judge", json=answer)).status_code == 200
        await scene.report(scene.minh)
        view = await _view(scene)
        assert (view["violations_30_days"], view["strikes"]) == (0, 0)


async def test_a_lock_for_good_under_the_decree_needs_an_authoritys_demand(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh, reason="national_security")
        verdict = DECREE | {"rule_key": "permanent_lock", "days": None}
        assert (await scene.decide(scene.hoa, verdict)).json()["code"] == "moderation.verdict_refused"
        body = {
            "channel": "phone",
            "authority": "ministry_public_security",
            "reference": "CV-1",
            "legal_ref": "Nghị định 147/2024/NĐ-CP",
            "subject_kind": WALL.kind,
            "subject_id": str(scene.note),
            "received_at": clock.now().isoformat(),
        }
        async with served(db, [demands]) as office:
            office.caller.person(scene.thu, permissions=["moderation.authorities"])
            demand = (await office.client.post("/v1/moderation/demands", json=body)).json()
        assert demand["case_id"] == await scene.case()
        verdict |= {"authority_request_id": demand["id"]}
        assert (await scene.decide(scene.hoa, verdict)).json()["state"] == "proposed"


async def test_mute_and_suspend_are_time_boxed_and_silence(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        for rung in ("limit", "mute", "suspend"):
            untimed = await scene.decide(scene.hoa, VERDICT | {"restriction": rung, "days": None})
            assert untimed.json()["code"] == "moderation.verdict_refused"
        assert (await scene.decide(scene.hoa, VERDICT | {"restriction": "warn", "days": 3})).status_code == 422
        assert (await scene.decide(scene.hoa, VERDICT | {"restriction": "limit", "days": 3})).json()["state"] == "decided"
        assert (await scene.mine(scene.lan))["locked"] is False
        scene.note = WALL.write(scene.lan, "again")
        await scene.decided(VERDICT | {"restriction": "suspend", "days": 3})
        assert (await scene.mine(scene.lan))["locked"] is True
        async with db.session() as session:
            assert len(list(await session.scalars(select(Strike)))) == 2


async def test_no_state_changes_without_its_step(committed_db: Database) -> None:
    async with a_scene(committed_db) as scene:
        await scene.report(scene.minh)
        with pytest.raises(IntegrityError):
            async with committed_db.transaction() as session:
                await session.execute(update(Case).values(state="escalated"))
        with pytest.raises(IntegrityError):
            async with committed_db.transaction() as session:
                await session.execute(update(Step).values(role="nobody"))


async def test_escalated_cases_are_for_seniors_and_closed_ones_are_taken_up_again(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        case = await scene.case()
        await scene.claim(case, scene.hoa)
        note = {"note": "too much for me"}
        assert (await scene.hub.client.post(f"{CASES}/{case}/escalate", json=note)).json()["state"] == "escalated"
        scene.staff(scene.thu, "moderation.decide")
        assert (await scene.hub.client.post(f"{CASES}/{case}/claim")).json()["code"] == "moderation.case_taken"
        scene.staff(scene.thu, "moderation.decide", "moderation.approve")
        assert (await scene.hub.client.post(f"{CASES}/{case}/reopen", json=note)).json()["code"] == "moderation.case_stands"
        assert (await scene.hub.client.post(f"{CASES}/{case}/claim")).status_code == 200
        assert (await scene.hub.client.post(f"{CASES}/{case}/decide", json=VERDICT)).json()["state"] == "decided"
        assert (await scene.hub.client.post(f"{CASES}/{case}/reopen", json=note)).json()["state"] == "queued"
        await scene.decide(scene.hoa, VERDICT | {"restriction": "none"})
        assert scene.note not in WALL.hidden
        assert len((await scene.mine(scene.minh))["outcomes"]) == 1  # told once


def test_priority_grows_with_each_factor() -> None:
    plain, factors = priority.score(severity=2, reach=0, reliable=1.0, vulnerable=False)
    assert (plain, factors["vulnerability"]) == (200, 1.0)
    assert priority.score(severity=2, reach=999, reliable=1.0, vulnerable=False)[0] == 800
    assert priority.score(severity=2, reach=0, reliable=1.5, vulnerable=True)[0] == 600
    assert priority.reliability(0, 0) == 1.0
    assert priority.reliability(0, 100) < 0.6
    assert priority.reliability(100, 0) > 1.4


async def test_deadlines_run_by_the_working_calendar_but_for_what_cannot_wait(db: Database) -> None:
    friday = datetime(2026, 10, 16, 3, tzinfo=UTC)  # ten in the morning in the city
    before_tet = datetime(2027, 2, 4, 3, tzinfo=UTC)  # Tết Đinh Mùi begins the day after
    async with a_scene(db) as scene, db.session() as session:
        assert scene.lan
        due = [await rules.deadline(session, key, since=friday) - friday for key in ("urgent", "same_day", "decree")]
        assert due == [timedelta(hours=4), timedelta(hours=8), timedelta(hours=24)]
        days = {key: await rules.deadline(session, key, since=friday) for key in ("day", "two_days", "three_days")}
        city = {key: moment.astimezone(CITY) for key, moment in days.items()}
        assert city["day"].date() == date(2026, 10, 19)  # eight working hours, over a weekend
        assert (city["two_days"].date(), city["three_days"].date()) == (date(2026, 10, 20), date(2026, 10, 21))
        over_tet = (await rules.deadline(session, "two_days", since=before_tet)).astimezone(CITY)
        assert over_tet.date() > date(2027, 2, 10)


async def test_what_is_past_its_time_rings_once_with_those_who_can_act(db: Database) -> None:
    wiring.install()
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene:
            async with db.transaction() as session:
                await grant_role(session, scene.hoa, Role.SENIOR_MODERATOR, granted_by=None)
                await grant_role(session, scene.thu, Role.APPEALS, granted_by=None)
            await scene.decided(VERDICT)
            async with db.session() as session:
                decision = str((await session.scalars(select(Decision.id))).one())
            assert (await scene.appeal(decision)).status_code == 201
            assert (await scene.report(scene.anna)).status_code == 201
            for days in (0, 30, 0):
                time.advance(timedelta(days=days))
                async with db.transaction() as session:
                    await moderation_jobs.overdue(session, Run({}, 0, db, {}))
            await run_jobs(db, "on.")
            async with db.session() as session:
                rung = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.moderation_overdue"))
                assert sorted(one["what"] for one in rung) == ["appeal", "case"]
                told = await session.execute(select(Notification.person_id).where(Notification.template_key == words.OVERDUE.key))
                assert sorted(told.scalars()) == sorted([scene.hoa, scene.thu])
