"""`migrate` leaves a database that a city can be run on, without anything of the demo."""

from datetime import timedelta

from sqlalchemy import func, select, update

from app import city
from app.settings import AppSettings
from hanoismart.clock import now
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.clients.models import ClientState, OAuthClient
from identity.moderation import rules
from identity.moderation.models import QueueRoute, Reason, Rule
from identity.people.models import Person
from identity.places.models import AdminUnit
from identity.places.queries import today
from social.groups.models import Group
from tests.app.test_commands import Run, run
from tests.support.people import a_person

assert run
BACK = "vn.hanoi.app:/signed-in"


async def counts(database: Database) -> list[int]:
    async with database.session() as session:
        return [
            await session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in (AdminUnit, Rule, Reason, QueueRoute, Group, Person)
        ]


async def test_a_new_installation_has_its_wards_and_rules_and_nobody_in_it(run: Run, committed_db: Database) -> None:
    assert await counts(committed_db) == [0] * 6
    assert await run("migrate") == 0
    first = await counts(committed_db)
    assert first[0] == first[4] == 126
    assert all(first[1:4])
    assert first[5] == 0
    assert await run("migrate") == 0
    assert await counts(committed_db) == first
    async with committed_db.session() as session:
        reasons = await rules.reasons(session)
        for one in reasons:  # each names a rule and a deadline that stand
            assert (await rules.in_force(session, one.rule_set, one.rule_key)).legal_ref is not None
            await rules.deadline(session, one.deadline, since=now())
        known = set(await session.scalars(select(OAuthClient.client_id)))
        assert known == {"hanoismart-cli", "hanoismart-shell"}  # nobody said where the app is


async def test_what_staff_changed_since_stays(committed_db: Database) -> None:
    chosen = AppSettings(app_redirects=f"{BACK}, https://app.hanoi.example/signed-in")
    assert await city.found(committed_db, chosen) > 126
    async with committed_db.transaction() as session:
        rule = (await session.scalars(select(Rule).order_by(Rule.key).limit(1))).one()
        words = Text(vi="Quy định mới", en="A new wording")
        new = rules.NewRule(rule.rule_set, rule.key, words, rule.legal_ref, today() - timedelta(days=1), {})
        await rules.save(session, new, by=await a_person(session))
        await session.execute(update(OAuthClient).values(state=ClientState.SUSPENDED))
    assert await city.found(committed_db, AppSettings(app_redirects=BACK)) == 0
    async with committed_db.session() as session:
        assert (await rules.in_force(session, rule.rule_set, rule.key)).text == words
        app = await session.get_one(OAuthClient, "hanoismart-mobile")
        assert (app.client_id, app.first_party, app.redirect_uris) == ("hanoismart-mobile", True, [BACK])
        assert app.state is ClientState.SUSPENDED
