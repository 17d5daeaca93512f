"""What the office holds itself to: areas, relatives, flagged records, mutings, bulks, automatic rules, demands, public figures."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.access.models import Role, RoleHolding
from identity.access.service import grant_role
from identity.mandates.models import Guardianship
from identity.moderation import jobs as moderation_jobs
from identity.moderation import ladder
from identity.moderation.authorities import jobs as demand_jobs
from identity.moderation.bulk.models import Bulk
from identity.moderation.figures import queries as figures
from identity.moderation.models import Case, Report, Reversal
from identity.moderation.reporters.models import Reporter
from identity.pii_access import flags
from identity.places.queries import CITY
from identity.routers import ROUTERS
from identity.sessions.models import SignInSession
from kernel.models import EventRow
from tests.support.apps import Served, served
from tests.support.moderated import CASES, LOCK, VERDICT, WALL, Scene, a_scene
from tests.support.people import a_person, a_sign_in, a_ward

_ROOMS = [router for router in ROUTERS if router.tags and router.tags[0] in {"moderation", "four-eyes", "pii-access"}]


async def _cases(scene: Scene, count: int) -> list[str]:
    made = []
    for _ in range(count):
        scene.note = WALL.write(scene.lan, "Mua ngay http://a http://b")
        assert (await scene.report(scene.minh, reason="insult")).status_code == 201
        made.append(await scene.case())
    return made


def _staff(hub: Served, person: UUID, *permissions: str) -> None:
    hub.caller.person(person, permissions=permissions)


async def test_an_area_limits_what_an_officer_sees_and_does(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        case = await scene.case()
        async with db.transaction() as session:
            here, elsewhere = await a_ward(session, "00070"), await a_ward(session, "00004")
            await session.execute(update(Case).where(Case.id == UUID(case)).values(area_id=elsewhere))
            await grant_role(session, scene.hoa, Role.MODERATOR, granted_by=None, area=here)
        assert (await scene.claim(case, scene.hoa)).json()["code"] == "moderation.case_not_found"
        assert (await scene.hub.client.get(CASES)).json()["items"] == []
        assert (await scene.hub.client.get(f"{CASES}/{case}")).status_code == 404
        async with db.transaction() as session:
            await session.execute(update(Case).where(Case.id == UUID(case)).values(area_id=here))
        assert (await scene.claim(case, scene.hoa)).status_code == 200
        assert len((await scene.hub.client.get(CASES, params={"area_id": str(here)})).json()["items"]) == 1


async def test_nobody_handles_a_relatives_or_a_flagged_record(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        case = await scene.case()
        async with db.transaction() as session:
            session.add(Guardianship(guardian_id=scene.hoa, ward_id=scene.lan, ground="parent", state="proposed", reference="KS-1"))
            await flags.flag(session, scene.lan, because="public office", by=scene.anna)
        assert (await scene.claim(case, scene.hoa)).json()["code"] == "moderation.own_case"
        assert (await scene.claim(case, scene.thu)).json()["code"] == "pii.flagged_record"
        async with db.transaction() as session:
            await grant_role(session, scene.thu, Role.SENIOR_MODERATOR, granted_by=None)
        assert (await scene.claim(case, scene.thu)).status_code == 200
        async with db.transaction() as session:
            assert await flags.unflag(session, scene.lan, by=scene.anna)
            assert not await flags.unflag(session, scene.lan, by=scene.anna)


async def test_a_lease_that_ran_out_frees_the_case_and_says_so(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene:
            await scene.report(scene.minh)
            case = await scene.case()
            await scene.claim(case, scene.hoa)
            time.advance(timedelta(minutes=11))
            async with db.transaction() as session:
                await moderation_jobs.free(session, Run({}, 0, db, {}))
            scene.staff(scene.thu)
            (listed,) = (await scene.hub.client.get(CASES, params={"state": "queued"})).json()["items"]
            assert (listed["id"], listed["lease_until"]) == (case, None)


async def test_a_muted_reporter_is_told_until_when(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene, served(db, _ROOMS) as hub:
            _staff(hub, scene.hoa, "moderation.triage")
            body = {"days": 3, "reason_vi": "Báo cáo sai liên tục", "reason_en": "False reports again and again"}
            assert (await hub.client.post(f"/v1/moderation/reporters/{scene.minh}/mute", json=body)).status_code == 201
            far = await hub.client.post(f"/v1/moderation/reporters/{scene.minh}/mute", json=body | {"days": 200})
            assert far.json()["code"] == "moderation.muting_refused"
            refused = await scene.report(scene.minh)
            assert (refused.status_code, "until" in refused.json()) == (403, True)
            time.advance(timedelta(days=3, seconds=1))
            assert (await scene.report(scene.minh)).status_code == 201


async def test_reports_that_prove_wrong_weigh_less(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.decided(VERDICT | {"restriction": "none"})
        for _ in range(3):
            scene.note = WALL.write(scene.lan, "fine")
            await scene.decided(VERDICT | {"restriction": "none"})
        scene.note = WALL.write(scene.lan, "one")
        await scene.report(scene.minh)
        async with db.session() as session:
            doubted = await session.get_one(Case, UUID(await scene.case()))
        scene.note = WALL.write(scene.lan, "two")
        await scene.report(scene.anna)
        async with db.session() as session:
            believed = await session.get_one(Case, UUID(await scene.case()))
        assert doubted.priority < believed.priority
        assert doubted.factors["reliability"] < 1 == believed.factors["reliability"]


async def test_a_bulk_is_previewed_carried_out_and_undone_under_one_id(db: Database) -> None:
    async with a_scene(db) as scene, served(db, _ROOMS) as hub:
        made = await _cases(scene, 3)
        hidden = set(WALL.hidden)
        await scene.claim(made[2], scene.thu)
        _staff(hub, scene.hoa, "moderation.bulk", "moderation.read")
        body: dict[str, Any] = {"case_ids": made, "verdict": VERDICT | {"restriction": "mute", "days": 2}}
        bulk = (await hub.client.post("/v1/moderation/bulks", json=body)).json()
        assert {item["case_id"]: item["outcome"] for item in bulk["items"]} == {
            made[0]: None,
            made[1]: None,
            made[2]: "moderation.case_taken",
        }
        assert hidden == WALL.hidden
        done = (await hub.client.post(f"/v1/moderation/bulks/{bulk['id']}/execute")).json()
        assert [item["outcome"] for item in done["items"]].count("decided") == 2
        assert (await scene.mine(scene.lan))["locked"] is True
        _staff(hub, scene.hoa, "moderation.bulk", "moderation.read")
        assert (await hub.client.post(f"/v1/moderation/bulks/{bulk['id']}/undo")).json()["state"] == "undone"
        assert (await hub.client.post(f"/v1/moderation/bulks/{bulk['id']}/undo")).json()["code"] == "moderation.bulk_stands"
        assert (await scene.mine(scene.lan))["locked"] is False
        assert hidden == WALL.hidden


async def test_a_bulk_over_fifty_needs_somebody_else_and_the_database_knows(db: Database) -> None:
    with clock.use(FixedClock(clock.now().replace(hour=1))):
        async with a_scene(db) as scene, served(db, _ROOMS) as hub:
            (first,) = await _cases(scene, 1)
            _staff(hub, scene.hoa, "moderation.bulk", "moderation.approve", "moderation.read")
            bulk = (await hub.client.post("/v1/moderation/bulks", json={"case_ids": [first], "verdict": VERDICT})).json()
            async with db.transaction() as session:
                await session.execute(update(Bulk).where(Bulk.id == UUID(bulk["id"])).values(subjects=51))
            assert (await hub.client.post(f"/v1/moderation/bulks/{bulk['id']}/execute")).json()["state"] == "proposed"
            own = await hub.client.post(f"/v1/moderation/bulks/{bulk['id']}/approve", json={"agree": True})
            assert own.json()["code"] == "moderation.same_eyes"
            async with db.session() as session:
                with pytest.raises(IntegrityError):
                    await session.execute(update(Bulk).values(state="executed", approved_by=scene.hoa))
            _staff(hub, scene.thu, "moderation.approve")
            assert (await hub.client.post(f"/v1/moderation/bulks/{bulk['id']}/approve", json={"agree": True})).json()["state"] == "executed"


async def test_nobody_undoes_or_approves_a_bulk_about_themselves_or_of_another_area(db: Database) -> None:
    async with a_scene(db) as scene, served(db, _ROOMS) as hub:
        made = await _cases(scene, 2)
        async with db.transaction() as session:
            await session.execute(update(Case).where(Case.id == UUID(made[0])).values(owner_id=scene.thu))
        _staff(hub, scene.hoa, "moderation.bulk", "moderation.read")
        body: dict[str, Any] = {"case_ids": made, "verdict": LOCK}
        bulk = f"/v1/moderation/bulks/{(await hub.client.post('/v1/moderation/bulks', json=body)).json()['id']}"
        async with db.transaction() as session:
            await session.execute(update(Bulk).values(subjects=51))
        assert (await hub.client.post(f"{bulk}/execute")).json()["state"] == "proposed"
        _staff(hub, scene.thu, "moderation.approve", "moderation.bulk")
        items = (await hub.client.post(f"{bulk}/approve", json={"agree": True})).json()["items"]
        assert {item["case_id"]: item["outcome"] for item in items} == {made[0]: "moderation.own_case", made[1]: "decided"}
        assert (await hub.client.post(f"{bulk}/undo")).json()["code"] == "moderation.own_case"
        assert (await scene.mine(scene.lan))["locked"] is True
        async with db.transaction() as session:
            elsewhere = await a_person(session, name="Elsewhere")
            area = await a_ward(session)
            session.add(
                RoleHolding(person_id=elsewhere, role=Role.SENIOR_MODERATOR, area_id=area, granted_by=scene.hoa, granted_at=clock.now())
            )
        _staff(hub, elsewhere, "moderation.bulk")
        assert (await hub.client.post(f"{bulk}/undo")).json()["code"] == "moderation.case_not_found"


async def test_what_another_decision_hides_stays_hidden(db: Database) -> None:
    async with a_scene(db) as scene, served(db, _ROOMS) as hub:
        (case,) = await _cases(scene, 1)
        _staff(hub, scene.hoa, "moderation.bulk", "moderation.read")
        bulk = (await hub.client.post("/v1/moderation/bulks", json={"case_ids": [case], "verdict": VERDICT})).json()["id"]
        assert (await hub.client.post(f"/v1/moderation/bulks/{bulk}/execute")).json()["state"] == "executed"
        await scene.report(scene.anna)
        assert (await scene.decide(scene.thu, LOCK)).status_code == 200
        _staff(hub, scene.hoa, "moderation.bulk", "moderation.read")
        assert (await hub.client.post(f"/v1/moderation/bulks/{bulk}/undo")).json()["state"] == "undone"
        assert scene.note in WALL.hidden
        await scene.report(scene.anna)
        assert (await scene.decide(scene.thu, VERDICT | {"restriction": "none"})).status_code == 200
        assert scene.note in WALL.hidden  # that decision was about the newest report; the lock stands


async def test_a_case_decided_anew_leaves_nothing_of_what_was_decided_before(db: Database) -> None:
    async with a_scene(db) as scene:
        first = await scene.decided(LOCK)
        assert (await scene.mine(scene.lan))["locked"] is True
        async with db.session() as session:
            case = (await session.scalars(select(Case))).one()
        scene.staff(scene.thu)
        assert (await scene.hub.client.post(f"{CASES}/{case.id}/reopen", json={"note": "too hard"})).json()["state"] == "queued"
        assert (await scene.decide(scene.thu, VERDICT | {"restriction": "warn"})).status_code == 200
        assert (await scene.mine(scene.lan))["locked"] is False
        assert scene.note not in WALL.hidden
        async with db.session() as session:
            reversal = (await session.scalars(select(Reversal))).one()
            assert (str(reversal.decision_id), reversal.because, reversal.by) == (first, "officer", scene.thu)
            assert (await ladder.history(session, scene.lan)).violations_30_days == 1
            reporter = await session.get_one(Reporter, scene.minh)
            assert (reporter.upheld, reporter.rejected) == (1, 0)  # the report was right both times


async def test_an_automatic_rule_shadows_replays_and_then_acts(db: Database) -> None:
    async with a_scene(db) as scene, served(db, _ROOMS) as hub:
        await _cases(scene, 2)
        rule = {
            "mode": "shadow",
            "effect": "hide",
            "conditions": {"words": ["MUA NGAY"], "least_links": 2},
            "text_vi": "Tin rác có liên kết",
            "text_en": "Spam with links",
        }
        _staff(hub, scene.hoa, "moderation.rules", "moderation.read")
        saved = (await hub.client.put("/v1/moderation/automatic-rules/link_spam", json=rule)).json()
        replayed = (await hub.client.get(f"/v1/moderation/automatic-rules/{saved['id']}/replay")).json()
        assert (replayed["cases"], replayed["matched"]) == (2, 2)
        await _cases(scene, 1)
        assert scene.note not in WALL.hidden
        _staff(hub, scene.hoa, "moderation.rules", "moderation.read")
        (shown,) = (await hub.client.get("/v1/moderation/automatic-rules")).json()["rules"]
        assert (shown["version"], shown["matches"]) == (1, 1)
        assert (await hub.client.put("/v1/moderation/automatic-rules/link_spam", json=rule | {"mode": "live"})).json()["version"] == 2
        await _cases(scene, 1)
        assert scene.note in WALL.hidden
        assert (await scene.decide(scene.thu, VERDICT | {"restriction": "none"})).json()["state"] == "decided"
        assert scene.note not in WALL.hidden
        detected = [one["automated_detection"] for one in (await scene.mine(scene.lan))["statements"]]
        assert detected == [True]
        _staff(hub, scene.hoa, "moderation.rules")
        nowhere = await hub.client.put("/v1/moderation/automatic-rules/link_spam", json=rule | {"effect": "route"})
        assert nowhere.status_code == 422


async def test_rules_and_routes_change_by_versions_and_rows(db: Database) -> None:
    async with a_scene(db) as scene, served(db, _ROOMS) as hub:
        _staff(hub, scene.hoa, "moderation.rules", "moderation.read")
        body = {"text_vi": "Mới", "text_en": "New", "legal_ref": "HanoiSmart", "valid_from": "2026-01-02", "parameters": {"days": 30}}
        saved = (await hub.client.put("/v1/moderation/rules/limits/appeal_window", json=body)).json()
        assert (saved["version"], saved["text"]["en"]) == (2, "New")
        assert (await hub.client.put("/v1/moderation/rules/house/nothing", json=body)).json()["code"] == "moderation.rule_unknown"
        route = {"subject_kind": WALL.kind, "reason": "insult", "queue": "ward_desk"}
        assert (await hub.client.put("/v1/moderation/queue-routes/5", json=route)).status_code == 204
        nowhere = await hub.client.put("/v1/moderation/queue-routes/6", json=route | {"area_id": str(scene.lan)})
        assert nowhere.status_code == 404
        assert (await hub.client.get("/v1/moderation/queue-routes")).json()["routes"][0]["queue"] == "ward_desk"
        await _cases(scene, 1)
        scene.staff(scene.thu)
        assert [one["queue"] for one in (await scene.hub.client.get(CASES)).json()["items"]] == ["ward_desk"]
        _staff(hub, scene.hoa, "moderation.rules")
        assert (await hub.client.delete("/v1/moderation/queue-routes/5")).status_code == 204
        assert (await hub.client.delete("/v1/moderation/queue-routes/5")).status_code == 404


async def test_an_authoritys_demand_runs_by_the_wall_clock_and_rings(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with a_scene(db) as scene, served(db, _ROOMS) as hub:
            _staff(hub, scene.hoa, "moderation.authorities", "moderation.read")
            body = {
                "channel": "phone",
                "authority": "department",
                "reference": "cuộc gọi",
                "legal_ref": "Nghị định 147/2024/NĐ-CP",
                "subject_kind": WALL.kind,
                "subject_id": str(scene.note),
                "received_at": clock.now().isoformat(),
            }
            unknown = await hub.client.post("/v1/moderation/demands", json=body | {"authority": "ministry_information"})
            assert unknown.json()["code"] == "moderation.authority_unknown"  # reorganised in 2025
            later = await hub.client.post(
                "/v1/moderation/demands", json=body | {"received_at": (clock.now() + timedelta(hours=1)).isoformat()}
            )
            assert later.json()["code"] == "moderation.demand_from_tomorrow"
            made = (await hub.client.post("/v1/moderation/demands", json=body)).json()
            assert made["due_at"][:16] == (clock.now() + timedelta(hours=24)).isoformat()[:16]
            for _ in range(2):
                time.advance(timedelta(hours=21))
                async with db.transaction() as session:
                    await demand_jobs.alarm(session, Run({}, 0, db, {}))
            async with db.session() as session:
                rung = list(await session.scalars(select(EventRow).where(EventRow.name == "identity.demand_overdue")))
                assert len(rung) == 1
            answer = {"outcome": "acted", "note": "removed"}
            assert (await hub.client.post(f"/v1/moderation/demands/{made['id']}/answer", json=answer)).status_code == 200
            assert (await hub.client.post(f"/v1/moderation/demands/{made['id']}/answer", json=answer)).status_code == 404
            assert (await hub.client.get("/v1/moderation/demands")).json()["items"] == []


async def test_the_public_report_hides_groups_under_five(db: Database) -> None:
    async with a_scene(db) as scene, served(db, _ROOMS) as hub:
        async with db.transaction() as session:
            others = [await a_person(session, phone=False) for _ in range(5)]
        for person in others:
            await scene.report(person, reason="scam")
        await scene.report(scene.minh, reason="insult")
        day = clock.now().astimezone(CITY)
        hub.caller.nobody()
        told = (await hub.client.get(f"/v1/transparency/moderation/{day.year}/{(day.month + 2) // 3}")).json()
        assert told["groups"]["reports_by_reason"] == {"insult": None, "scam": 5}
        assert told["smallest_group"] == 5
        assert (await hub.client.get("/v1/transparency/moderation/2026/5")).status_code == 422


def test_no_small_group_is_found_by_taking_one_table_from_another() -> None:
    by_restriction = figures.hidden({"remove": 3, "warn": 12, "note": 8}, another_says_the_sum=True)
    assert by_restriction == {"remove": None, "warn": 12, "note": None}
    assert sum(filter(None, by_restriction.values())) + 3 < 23  # what the other table says is left is more than the small group
    assert figures.hidden({"remove": 3, "warn": 4, "note": 8}, another_says_the_sum=True) == {"remove": None, "warn": None, "note": 8}
    assert figures.hidden({"remove": 3}, another_says_the_sum=True) == {"remove": None}
    assert figures.hidden({"insult": 3, "scam": 5}, another_says_the_sum=False) == {"insult": None, "scam": 5}


async def test_un_verifying_takes_two_people_and_what_was_proposed_stands(db: Database) -> None:
    async with a_scene(db) as scene, served(db, _ROOMS) as hub:
        _staff(hub, scene.hoa, "four_eyes.propose", "four_eyes.approve")
        body = {"person_id": str(scene.lan), "because": "the document was reported stolen"}
        made = (await hub.client.post("/v1/staff/four-eyes/unverify", json=body)).json()
        own = await hub.client.post("/v1/staff/four-eyes/unverify", json=body | {"person_id": str(scene.hoa)})
        assert own.json()["code"] == "moderation.own_case"
        approve = f"/v1/staff/four-eyes/{made['id']}/approve"
        assert (await hub.client.post(approve, json={"agree": True})).json()["code"] == "moderation.same_eyes"
        async with db.session() as session:
            with pytest.raises(IntegrityError):
                await session.execute(text("UPDATE identity.four_eyes_action SET because = 'something else'"))
        _staff(hub, scene.thu, "four_eyes.approve")
        assert [one["id"] for one in (await hub.client.get("/v1/staff/four-eyes")).json()["items"]] == [made["id"]]
        async with db.transaction() as session:
            signed_in = await a_sign_in(session, scene.lan)
        assert (await hub.client.post(approve, json={"agree": True})).json()["executed_at"]
        assert (await hub.client.post(approve, json={"agree": True})).status_code == 404
        async with db.session() as session:
            level = await session.scalar(text("SELECT level FROM identity.person WHERE id = :id"), {"id": scene.lan})
            assert level == 0
            assert (await session.get_one(SignInSession, signed_in)).ended_at is not None  # its tokens said level 2
            assert len(list(await session.scalars(select(Report)))) == 0
