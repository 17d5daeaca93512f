"""Moderation: reports fold, one officer at a time, and reasons in both languages."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.api import moderation
from identity.disclosures.models import Disclosure
from identity.moderation import policies
from identity.moderation.models import Case, Decision, Outcome, Report, Rule, Statement
from identity.moderation.routes import router
from identity.moderation.staff_routes import router as staff_router
from kernel.models import AuditEntry, EventRow
from tests.support.apps import served
from tests.support.moderated import CASES, LOCK, STAFF, VERDICT, WALL, a_scene
from tests.support.people import a_person


async def test_reports_of_one_subject_fold_into_one_case(db: Database) -> None:
    async with a_scene(db) as scene:
        first = await scene.report(scene.minh, note="gọi anna@example.org")
        again = await scene.report(scene.minh, reason="threat")
        other = await scene.report(scene.anna, reason="threat")
        assert (first.status_code, other.status_code, again.json()["id"]) == (201, 201, first.json()["id"])
        async with db.session() as session:
            (case,) = await session.scalars(select(Case))
            assert (case.severity, case.queue, case.owner_id, case.lane, case.state) == (4, "conduct", scene.lan, True, "queued")
            assert case.sla_due_at - case.opened_at < timedelta(hours=5)
            rows = list(await session.scalars(select(Report)))
            assert len(rows) == 2
            assert all("ngốc".encode() not in row.evidence for row in rows)
            names = await session.scalars(select(EventRow.name).where(EventRow.name.like("identity.report%")))
            assert list(names) == ["identity.report_filed"] * 2


async def test_many_first_reports_at_once_open_one_case(committed_db: Database) -> None:
    async with a_scene(committed_db) as scene:
        async with committed_db.transaction() as session:
            reporters = [await a_person(session, phone=False) for _ in range(12)]
        bodies = {"subject_kind": WALL.kind, "subject_id": str(scene.note), "reason": "spam"}

        async def report(person: UUID) -> int:
            async with served(committed_db, [router]) as own:
                own.caller.person(person)
                return (await own.client.post("/v1/moderation/reports", json=bodies)).status_code

        assert await asyncio.gather(*(report(person) for person in reporters)) == [201] * 12
        async with committed_db.session() as session:
            assert await session.scalar(select(func.count()).select_from(Case)) == 1
            assert await session.scalar(select(func.count()).select_from(Report)) == 12


async def test_what_cannot_be_reported(db: Database) -> None:
    async with a_scene(db) as scene:
        WALL.blind.add(scene.anna)
        unseen = await scene.report(scene.anna)
        absent = await scene.report(scene.minh, subject_id=str(new_id()))
        unknown = await scene.report(scene.minh, subject_kind="dream")
        assert {answer.json()["code"] for answer in (unseen, absent, unknown)} == {"moderation.subject_not_found"}
        assert {answer.status_code for answer in (unseen, absent, unknown)} == {404}
        assert (await scene.report(scene.minh, reason="boring")).json()["code"] == "moderation.rule_unknown"
        assert (await scene.report(scene.minh, reason="temporary_lock")).json()["code"] == "moderation.rule_unknown"
        assert (await scene.report(scene.lan)).json()["code"] == "moderation.own_case"
        own = await scene.report(scene.minh, subject_kind="account", subject_id=str(scene.minh))
        assert own.json()["code"] == "moderation.own_case"
        account = await scene.report(scene.minh, subject_kind="account", subject_id=str(scene.lan))
        assert account.status_code == 201


async def test_reports_have_a_daily_budget(db: Database) -> None:
    with clock.use(FixedClock(clock.now().replace(hour=1))):
        async with a_scene(db) as scene:
            for _ in range(20):
                scene.note = WALL.write(scene.lan, "…")
                assert (await scene.report(scene.minh)).status_code == 201
            assert (await scene.report(scene.minh)).status_code == 429


async def test_one_of_fifty_claims_wins_and_a_lease_frees_itself(committed_db: Database) -> None:
    async with a_scene(committed_db) as scene:
        await scene.report(scene.minh)
        case = await scene.case()

        async def claim(person: UUID) -> int:
            async with served(committed_db, [staff_router]) as own:
                own.caller.person(person, permissions=STAFF)
                return (await own.client.post(f"{CASES}/{case}/claim")).status_code

        answers = await asyncio.gather(*(claim(new_id()) for _ in range(50)))
        assert sorted(answers) == [200] + [409] * 49
        assert (await scene.claim(case, scene.thu)).json()["code"] == "moderation.case_taken"
        with clock.use(FixedClock(clock.now() + timedelta(minutes=10, seconds=1))):
            taken = await scene.claim(case, scene.thu)
            assert (taken.status_code, taken.json()["mine"]) == (200, True)
            assert (await scene.claim(case, scene.thu)).status_code == 200  # renewed by its holder


async def test_nobody_works_on_their_own_case_or_without_the_lease(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        case = await scene.case()
        assert (await scene.claim(case, scene.lan)).json()["code"] == "moderation.own_case"
        assert (await scene.claim(case, scene.minh)).json()["code"] == "moderation.own_case"
        assert (await scene.claim(str(new_id()), scene.hoa)).json()["code"] == "moderation.case_not_found"
        scene.staff(scene.hoa)
        unclaimed = await scene.hub.client.post(f"{CASES}/{case}/decide", json=VERDICT)
        assert unclaimed.json()["code"] == "moderation.lease_needed"
        await scene.claim(case, scene.hoa)
        with clock.use(FixedClock(clock.now() + timedelta(minutes=11))):
            late = await scene.hub.client.post(f"{CASES}/{case}/decide", json=VERDICT)
            assert late.json()["code"] == "moderation.lease_needed"
        assert (await scene.hub.client.post(f"{CASES}/{case}/release")).status_code == 204
        assert (await scene.hub.client.post(f"{CASES}/{case}/release")).json()["code"] == "moderation.lease_needed"
        assert (await scene.claim(case, scene.thu)).status_code == 200
        scene.staff(scene.thu, "moderation.read")
        assert (await scene.hub.client.post(f"{CASES}/{case}/decide", json=VERDICT)).status_code == 403
        scene.hub.caller.person(scene.minh)
        assert (await scene.hub.client.get(CASES)).status_code == 403


async def test_a_decision_gives_reasons_to_the_owner_and_an_outcome_to_each_reporter_once(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.anna)
        decision = await scene.decided(VERDICT)
        assert scene.note in WALL.hidden
        (statement,) = (await scene.mine(scene.lan))["statements"]
        assert (statement["decision_id"], statement["restriction"], statement["rule"], statement["rule_version"]) == (
            decision,
            "remove",
            "house/insult",
            1,
        )
        assert statement["facts"] == {"vi": VERDICT["facts_vi"], "en": VERDICT["facts_en"]}
        assert statement["ground"]["vi"].startswith("Không xúc phạm")
        assert statement["ground"]["en"].startswith("No insulting")
        assert (statement["automated_detection"], statement["automated_decision"], statement["content_language"]) == (False, False, "vi")
        for reporter in (scene.minh, scene.anna):
            (outcome,) = (await scene.mine(reporter))["outcomes"]
            assert outcome["acted"] is True
            assert "Lan" not in str(outcome)
        assert (await scene.mine(scene.lan))["outcomes"] == []
        async with db.session() as session:
            assert await session.scalar(select(func.count()).select_from(Outcome)) == 2
            names = list(
                await session.scalars(select(EventRow.name).where(EventRow.name.in_(["identity.case_decided", "identity.outcome_ready"])))
            )
            assert sorted(names) == ["identity.case_decided", "identity.outcome_ready", "identity.outcome_ready"]
            actions = set(await session.scalars(select(AuditEntry.action).where(AuditEntry.subject.like("case:%"))))
            assert actions == {"report.filed", "case.claimed", "case.decided"}
        scene.note = UUID(statement["id"])  # another subject
        scene.hub.caller.person(scene.minh)
        assert (await scene.hub.client.get("/v1/me/moderation/outcomes")).json()["items"][0]["acted"] is True


async def test_a_decision_keeps_the_words_of_the_rule_it_applied(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.decided(VERDICT)
        async with db.transaction() as session:
            old = (await session.scalars(select(Rule).where(Rule.key == "insult"))).one()
            fields = {name: getattr(old, name) for name in ("rule_set", "key", "legal_ref", "valid_from", "parameters")}
            session.add(Rule(**fields, version=2, text_vi="Mới", text_en="New"))
        (statement,) = (await scene.mine(scene.lan))["statements"]
        assert (statement["rule_version"], statement["ground"]["en"]) == (1, "No insulting, degrading or harassing others.")
        rules = (await scene.hub.client.get("/v1/moderation/rules")).json()["rules"]
        assert [rule["version"] for rule in rules if rule["key"] == "insult"] == [2]
        assert {rule["rule_set"] for rule in rules} == {"house", "vn-nd147"}


async def test_verdicts_that_do_not_fit_are_refused(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh)
        refusals: list[tuple[dict[str, Any], str]] = [
            ({"rule_key": "boring"}, "moderation.rule_unknown"),
            ({"rule_set": "limits", "rule_key": "claim_lease"}, "moderation.rule_unknown"),
            ({"days": 3}, "moderation.verdict_refused"),
            ({"rule_set": "vn-nd147", "rule_key": "temporary_lock", "restriction": "lock", "days": 6}, "moderation.verdict_refused"),
            ({"rule_set": "vn-nd147", "rule_key": "temporary_lock", "restriction": "lock", "days": 31}, "moderation.verdict_refused"),
        ]
        for change, code in refusals:
            answer = await scene.decide(scene.hoa, VERDICT | change)
            assert (answer.status_code, answer.json()["code"]) == (422, code)
        scene.note = WALL.write(None, "a notice of nobody")
        await scene.report(scene.minh)
        assert (await scene.decide(scene.hoa, LOCK)).json()["code"] == "moderation.verdict_refused"
        assert (await scene.decide(scene.hoa, VERDICT)).json()["state"] == "decided"


@pytest.mark.parametrize("table", [Decision, Statement, Outcome])
async def test_what_was_decided_and_told_is_never_changed(table: type[Any], db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.decided(VERDICT)
    async with db.session() as session:
        with pytest.raises(IntegrityError):
            await session.execute(update(table).values(id=new_id()))
        await session.rollback()


async def test_an_officers_look_is_masked_and_stands_in_the_owners_log(db: Database) -> None:
    async with a_scene(db) as scene:
        await scene.report(scene.minh, note="viết cho tôi: minh@example.org")
        scene.staff(scene.hoa)
        view = (await scene.hub.client.get(f"{CASES}/{await scene.case()}")).json()
        (evidence,) = view["evidence"]
        assert (evidence["text"], evidence["note"]) == ("Đồ ngốc, số tôi là •••", "viết cho tôi: •••")
        assert view["owner"] == "N••• T••• L•••"
        assert str(scene.minh) not in str(view)
        async with db.session() as session:
            row = (await session.scalars(select(Disclosure).where(Disclosure.person_id == scene.lan))).one()
            assert (row.reader_kind, row.reader_id, row.role, row.purpose_code) == ("staff", "moderation", "moderator", "moderation.case")
            assert str(scene.hoa) not in repr(vars(row))


async def test_the_view_counts_what_the_decree_measures_by(db: Database) -> None:
    async with a_scene(db) as scene:
        for verdict in (VERDICT, LOCK, VERDICT | {"restriction": "none"}):
            await scene.decided(verdict)
            scene.note = WALL.write(scene.lan, "again")
        await scene.report(scene.minh)
        scene.staff(scene.thu)
        view = (await scene.hub.client.get(f"{CASES}/{await scene.case()}")).json()
        assert (view["violations_30_days"], view["violations_90_days"], view["temporary_locks"]) == (2, 2, 1)
        listed = (await scene.hub.client.get(CASES, params={"queue": "conduct", "state": "queued"})).json()["items"]
        assert [row["id"] for row in listed] == [view["case"]["id"]]
        assert len((await scene.hub.client.get(CASES, params={"state": "closed"})).json()["items"]) == 3


async def test_seeding_rules_twice_adds_nothing(session: AsyncSession) -> None:
    assert await moderation.seed(session) > 20
    assert await moderation.seed(session) == 0


def test_masking_hides_numbers_and_addresses_and_leaves_words() -> None:
    assert policies.masked("số 001190000123, +84 912-345-678, a@b.vn, ngày 12/5") == "số •••, •••, •••, ngày 12/5"


def test_another_kind_may_not_take_a_name_that_is_taken() -> None:
    with pytest.raises(ValueError, match="registered already"):
        moderation.register(type(WALL)())
