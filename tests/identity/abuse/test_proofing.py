"""Cases 37 and 38: what a forged, foreign or recorded chip gains, and what comes of one person's enrolling twice at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from hanoismart.server.database import Database
from identity.people.models import Person, PersonIndex
from identity.proofing.chip.mrz import Sex
from identity.proofing.models import ProofingSession, ReviewReason
from identity.proofing.specimen import Flaw, SpecimenAuthority, SpecimenChip, SpecimenDocument, make
from kernel.pool import Pool
from tests.identity.proofing.test_proofing_sessions import begin, counts, opened, reading, submit, unpadded
from tests.support.people import a_person

LAN = SpecimenDocument.cccd("Nguyễn Thị Lan", "001190000123", date(1990, 5, 4), Sex.FEMALE, date(2090, 5, 4))
MINH = SpecimenDocument.cccd("Trần Văn Minh", "001090000456", date(1990, 1, 1), Sex.MALE, date(2090, 1, 1))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool("abuse", workers=2, waiting=64)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def vietnam() -> SpecimenAuthority:
    return SpecimenAuthority.create("VNM")


@pytest.fixture(scope="module")
def utopia() -> SpecimenAuthority:
    return SpecimenAuthority.create("UTO")


def crossed(first: SpecimenChip, second: SpecimenChip) -> SpecimenChip:
    """The data of one chip under the signed list of another."""
    return replace(first, sod=second.sod)


async def test_case_37_a_false_chip_is_refused_by_name_and_nothing_is_stored(
    db: Database, pool: Pool, vietnam: SpecimenAuthority, utopia: SpecimenAuthority
) -> None:
    trust = vietnam.trust_store().merged(utopia.trust_store())
    false: dict[str, tuple[SpecimenChip, str]] = {
        "a foreign root posing as Việt Nam's": (make(utopia, LAN), "proofing.wrong_country"),
        "a root of one's own": (make(SpecimenAuthority.create("VNM"), LAN), "proofing.signer_unknown"),
        "a root that comes along": (make(vietnam, LAN, flaw=Flaw.ROOT_SENT_ALONG), "proofing.signer_unknown"),
        "an expired signer": (make(vietnam, LAN, flaw=Flaw.EXPIRED_SIGNER), "proofing.signer_expired"),
        "a revoked signer": (make(vietnam, LAN, flaw=Flaw.REVOKED_SIGNER), "proofing.signer_revoked"),
        "the data of Lan with the list of Minh": (crossed(make(vietnam, LAN), make(vietnam, MINH)), "proofing.data_group_altered"),
        "bytes after the end": (make(vietnam, LAN, flaw=Flaw.TRAILING_BYTES), "proofing.trailing_bytes"),
        "SHA-1": (make(vietnam, LAN, flaw=Flaw.SHA1), "proofing.hash_algorithm_refused"),
    }
    async with opened(db, trust, pool) as hub:
        for what, (chip, code) in false.items():
            answer = await submit(hub, chip)
            assert (answer.status_code, answer.json()["code"]) == (422, code), what
        first, second = await begin(hub), await begin(hub)
        recorded = reading(make(vietnam, LAN), unpadded(first["challenge"]))
        replayed = await hub.client.post(
            f"/v1/proofing/sessions/{second['id']}/chip", json=recorded, headers={"Proofing-Secret": second["secret"]}
        )
        assert replayed.json()["code"] == "proofing.active_authentication_failed"
    assert await counts(db) == [0, 0, 0, 0]
    async with db.session() as session:
        kept = list(await session.scalars(select(ProofingSession)))
        assert {row.state.value for row in kept} == {"refused", "open"}
        assert all((row.person_id, row.applicant, row.doubts) == (None, None, []) for row in kept)


async def test_case_38_one_person_who_enrols_twice_at_once_has_one_account(
    committed_db: Database, pool: Pool, vietnam: SpecimenAuthority
) -> None:
    """With the new card that names the old nine digits, and with the passport that bears them."""
    card = make(vietnam, replace(LAN, former_number="012345678"))
    old = SpecimenDocument.passport("Nguyễn", "Thị Lan", "B1234567", LAN.birth_date, Sex.FEMALE, LAN.expires_on, issuer="VNM")
    passport = make(vietnam, replace(old, personal_number="012345678"))
    async with opened(committed_db, vietnam.trust_store(), pool) as hub:
        sessions = [await begin(hub) for _ in range(6)]
        answers = await asyncio.gather(*(submit(hub, chip, each) for chip, each in zip([card, passport] * 3, sessions, strict=True)))
    assert all(answer.status_code == 200 for answer in answers)
    async with committed_db.session() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 1
        holders = set(await session.scalars(select(PersonIndex.person_id)))
        assert len(holders) == 1
    _no_hint([answer.json() for answer in answers if answer.json()["state"] == "in_review"])
    async with committed_db.session() as session:
        duplicates = [
            row.review_reason for row in await session.scalars(select(ProofingSession).where(ProofingSession.person_id.in_(holders)))
        ]
        assert duplicates.count(ReviewReason.DUPLICATE) == 5


async def test_case_38_a_renewed_passport_goes_to_review_without_a_word_of_the_other_account(
    db: Database, pool: Pool, utopia: SpecimenAuthority
) -> None:
    anna = SpecimenDocument.passport("Eriksson", "Anna Maria", "L898902C2", date(1974, 8, 12), Sex.FEMALE, date(2090, 4, 15))
    async with db.transaction() as session:
        officer = await a_person(session)
    async with opened(db, utopia.trust_store(), pool) as hub:
        assert (await submit(hub, make(utopia, anna))).json()["state"] == "verified"
        renewed = (await submit(hub, make(utopia, replace(anna, number="X12345678", expires_on=date(2095, 1, 1))))).json()
        _no_hint([renewed])
        hub.caller.person(officer, permissions=["proofing.review"])
        (row,) = (await hub.client.get("/v1/proofing/reviews")).json()["items"]
        assert row["reason"] == "likeness"
    async with db.session() as session:
        active = select(func.count()).select_from(Person).where(Person.display_name == "ERIKSSON ANNA MARIA", Person.state == "active")
        assert await session.scalar(active) == 1


def _no_hint(answers: list[dict[str, Any]]) -> None:
    """The second is told that somebody looks, and nothing else."""
    assert answers
    assert all(answer == {"state": "in_review", "enrolment": None} for answer in answers)
