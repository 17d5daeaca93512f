"""Whoever lost every way in and proves themselves again, by chip or over VNeID, gets their own account back and nobody else's."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from app.demo.clients import register_clients
from app.demo.fakes import vneid as fake
from app.demo.fakes.serving import serving
from app.ports import NoLiveness
from hanoismart import clock
from hanoismart.clock import FixedClock, now
from hanoismart.server.database import Database
from identity.federation.routes import router as federation
from identity.federation.vneid import Vneid
from identity.people.models import Person
from identity.ports import HolderMatch
from identity.proofing import enrolments
from identity.proofing.chip.mrz import Sex
from identity.proofing.chip.trust import TrustStore
from identity.proofing.models import ProofingSession, ReviewReason
from identity.proofing.routes import router as proofing
from identity.proofing.specimen import SpecimenAuthority, SpecimenDocument, make
from identity.proofing.verifier import ChipVerifier
from identity.recovery.routes import router as recovery
from kernel.pool import Pool
from tests.identity.proofing.test_proofing_sessions import Matcher, begin, submit
from tests.identity.proofing.test_vneid import BEGIN, CALLBACK, SECRET, gone, own_settings
from tests.support.apps import Served, served

PROVED = tuple[str, str]
"""Id and secret of a proofing session."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool("chip-test", workers=2, waiting=64)
    yield pool
    pool.close()


@asynccontextmanager
async def chips(database: Database, trust: TrustStore, pool: Pool) -> AsyncIterator[Served]:
    matcher = Matcher(HolderMatch.MATCHED)
    parts = {"chip_verifier": ChipVerifier(trust, pool), "holder_matcher": matcher, "liveness": NoLiveness(believe=True)}
    async with served(database, [proofing, recovery], parts=parts) as hub:
        yield hub


@asynccontextmanager
async def vneid(database: Database) -> AsyncIterator[Served]:
    provider = fake.Vneid("hanoismart-demo", SECRET)
    async with database.transaction() as session:
        await register_clients(session)
    async with serving(provider.app()) as address:
        provider.address = address
        parts = {"vneid": Vneid(own_settings(address), CALLBACK)}
        async with served(database, [federation, proofing, recovery], parts=parts) as hub:
            yield hub


async def read(hub: Served, authority: SpecimenAuthority, document: SpecimenDocument) -> tuple[PROVED, dict[str, Any]]:
    started = await begin(hub)
    answer = await submit(hub, make(authority, document), started)
    assert answer.status_code == 200, answer.text
    return (started["id"], started["secret"]), answer.json()


async def vouched(hub: Served, persona: str) -> tuple[PROVED, dict[str, Any]]:
    begun = (await hub.client.post("/v1/proofing/vneid", json=BEGIN)).json()
    said = await gone(hub, begun, persona)
    headers = {"Proofing-Secret": begun["secret"]}
    answer = await hub.client.post(f"/v1/proofing/vneid/{begun['id']}/finish", json=said, headers=headers)
    assert answer.status_code == 200, answer.text
    return (begun["id"], begun["secret"]), answer.json()


async def recovered(hub: Served, proved: PROVED) -> tuple[str, httpx.Response]:
    """A recovery without a name, and what the proof answers."""
    started = (await hub.client.post("/v1/recovery", json={})).json()
    place, headers = f"/v1/recovery/{started['id']}", {"Recovery-Secret": started["secret"]}
    hub.client.headers.update(headers)
    return place, await hub.client.post(f"{place}/proofs/identity", json={"session_id": proved[0], "secret": proved[1]})


async def given_back(hub: Served, database: Database, proved: PROVED) -> UUID | None:
    """Whose account the enrolment opens at the end of the wait."""
    place, waits = await recovered(hub, proved)
    assert (waits.status_code, waits.json()["state"], waits.json()["proofs"]) == (200, "waiting", ["identity"]), waits.text
    ready = datetime.fromisoformat(waits.json()["ready_at"])
    assert timedelta(hours=23, minutes=59) < ready - now() <= timedelta(hours=24)
    early = await hub.client.post(f"{place}/complete")
    assert early.is_client_error
    with clock.use(FixedClock(ready)):
        done = await hub.client.post(f"{place}/complete")
        assert done.status_code == 200, done.text
        async with database.transaction() as session:
            return await enrolments.redeem(session, done.json()["enrolment"])


async def alone(database: Database) -> UUID:
    """The one person there is, met again as a duplicate of whom the caller learnt nothing."""
    async with database.session() as session:
        assert (
            await session.scalar(
                select(func.count()).select_from(ProofingSession).where(ProofingSession.review_reason == ReviewReason.DUPLICATE)
            )
            == 1
        )
        return (await session.scalars(select(Person.id))).one()


async def test_the_chip_read_again_gives_the_account_back(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with chips(db, trust, pool) as hub:
        assert (await read(hub, vietnam, lan))[1]["state"] == "verified"
        proved, answer = await read(hub, vietnam, lan)
        assert answer == {"state": "in_review", "enrolment": None}
        person = await alone(db)
        assert await given_back(hub, db, proved) == person
        assert (await recovered(hub, proved))[1].json()["code"] == "recovery.proof_refused"  # it has served


async def test_a_chip_of_somebody_new_gives_nothing_back(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    minh = SpecimenDocument.cccd("Trần Văn Minh", "001090000456", date(1990, 1, 1), Sex.MALE, date(2090, 1, 1))
    async with chips(db, trust, pool) as hub:
        await read(hub, vietnam, lan)
        proved, answer = await read(hub, vietnam, minh)
        assert answer["state"] == "verified"
        assert (await recovered(hub, proved))[1].json()["code"] == "recovery.proof_refused"


async def test_vneid_asked_again_gives_the_account_back(db: Database) -> None:
    async with vneid(db) as hub:
        assert (await vouched(hub, "lan"))[1]["state"] == "verified"
        proved, answer = await vouched(hub, "lan")
        assert answer == {"state": "in_review", "enrolment": None}
        person = await alone(db)
        assert await given_back(hub, db, proved) == person


async def test_vneid_vouching_for_somebody_new_gives_nothing_back(db: Database) -> None:
    async with vneid(db) as hub:
        await vouched(hub, "lan")
        proved, answer = await vouched(hub, "minh")
        assert answer["state"] == "verified"
        assert (await recovered(hub, proved))[1].json()["code"] == "recovery.proof_refused"
