"""A person's own lists and the staff's queues: as many statements for fifty rows as for one."""

from datetime import timedelta
from uuid import UUID

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import disclosures
from identity.consent import service as consent
from identity.moderation.models import Case, CaseState
from identity.routers import ROUTERS
from notifications.api import Category, Template, notify, register
from notifications.routers import ROUTERS as NOTIFIED
from payments import api as payments
from payments.api import Payee
from payments.intents import settling
from payments.providers.ports import Payment
from payments.routers import ROUTERS as PAID
from tests.support.apps import served
from tests.support.moderated import STAFF
from tests.support.people import PURPOSE, READER, a_person
from tests.support.statements import statements

ROWS = 30
NOTE = register(Template("tests.cost", Category.SERVICES, Text("Báo {n}", "Note {n}"), Text("Báo {n}", "Note {n}")))
MINE = ("/v1/me/consents", "/v1/me/disclosures", "/v1/me/inbox", "/v1/me/receipts", "/v1/me/moderation/statements")
STAFFS = ("/v1/moderation/cases", "/v1/moderation/appeals", "/v1/proofing/reviews")


async def _pay(database: Database, person: UUID, number: int) -> None:
    async with database.transaction() as session:
        intent = await payments.create_intent(
            session,
            payer_id=person,
            payee=Payee(kind="operator", key="bai-do", name="Bai do xe", bank_bin="970436", account="0011001"),
            amount=10_000 + number,
            description=Text(vi="Do xe", en="Parking"),
            reference=f"r{number}",
            expires_at=now() + timedelta(minutes=15),
            dedupe=f"cost:{number}",
        )
        await settling.take(session, "vietqr_bank", Payment(f"FT{number}", intent.code, intent.amount), str(number).encode())


async def test_lists_cost_the_same_for_many_rows(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan, hoa = [await a_person(session, name=name) for name in ("Lan", "Hòa")]
        for number in range(ROWS):
            await consent.grant(session, lan, f"app{number}", [consent.Ask("profile.name", Text(vi="a", en="a"))], request_id=None)
            await disclosures.record(session, lan, ["name"], READER, PURPOSE)
            await notify(session, lan, NOTE.key, {"n": number}, dedupe=f"cost {number}")
            session.add(
                Case(
                    id=new_id(), subject_kind="test_note", subject_id=new_id(), owner_id=lan, severity=1, queue="social",
                    state=CaseState.OPEN, sla_due_at=now(), opened_at=now(),
                )
            )  # fmt: skip
    for number in range(ROWS):
        await _pay(committed_db, lan, number)
    async with served(committed_db, [*ROUTERS, *NOTIFIED, *PAID]) as hub:
        for who, paths in ((lan, MINE), (hoa, STAFFS)):
            hub.caller.person(who, permissions=(*STAFF, "proofing.review"))
            for path in paths:
                costs, found = [], 0
                for limit in (1, 50):
                    await hub.client.get(f"{path}?limit={limit}")
                    with statements(committed_db) as said:
                        answer = await hub.client.get(f"{path}?limit={limit}")
                    assert answer.status_code == 200, (path, answer.text)
                    costs.append(len(said))
                    found = len(answer.json()["items"])
                assert costs[0] == costs[1] <= 6, (path, costs, said)
                assert found >= ROWS or path.endswith(("statements", "appeals", "reviews")), path
