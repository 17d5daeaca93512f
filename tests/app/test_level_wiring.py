"""A passkey that comes or goes moves its owner between levels 2 and 3, by the reaction the house has wired."""

from sqlalchemy import select

from app import wiring
from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.api import people
from identity.credentials.models import Passkey
from identity.events import FactorChanged
from kernel.events import emit
from tests.identity.test_person_acts import a_document, a_passkey
from tests.support.people import a_person
from tests.support.work import run_jobs


async def test_level_3_comes_and_goes_with_the_key(committed_db: Database) -> None:
    wiring.install()
    async with committed_db.transaction() as session:
        lan = await a_person(session)
        await a_document(session, lan, None)
        await a_passkey(session, lan, synced=False)
        await emit(session, FactorChanged(lan, "passkey"))
    await run_jobs(committed_db, "on.identity.settle_level")
    async with committed_db.transaction() as session:
        assert (await people.card(session, lan)).level == 3
        key = (await session.scalars(select(Passkey))).one()
        key.ended_at = now()
        await emit(session, FactorChanged(lan, "passkey"))
    await run_jobs(committed_db, "on.identity.settle_level")
    async with committed_db.session() as session:
        assert (await people.card(session, lan)).level == 2
