"""Consent given many times and withdrawn at once: one open row at most, and the last word stands."""

import asyncio

from sqlalchemy import func, select

from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import consent
from identity.consent import service
from identity.consent.models import Consent
from tests.support.people import a_person

ASK = service.Ask("profile.name", Text(vi="In tên trên vé", en="Print name on ticket"))


async def test_giving_and_withdrawing_at_once_leaves_one_open_row_at_most(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan = await a_person(session)

    async def give() -> None:
        async with committed_db.transaction() as session:
            await service.grant(session, lan, "parking", [ASK], request_id=None)

    async def withdraw() -> None:
        async with committed_db.transaction() as session:
            await service.withdraw(session, lan, "parking")

    for _ in range(5):
        await asyncio.gather(*(give() if number % 2 else withdraw() for number in range(12)))
        async with committed_db.session() as session:
            still = select(func.count()).select_from(Consent).where(Consent.person_id == lan, Consent.withdrawn_at.is_(None))
            assert (await session.scalar(still) or 0) <= 1
    await withdraw()
    async with committed_db.session() as session:
        assert await consent.missing(session, lan, "parking", [ASK]) == [ASK]
