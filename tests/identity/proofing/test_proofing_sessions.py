"""A proofing session over HTTP: every bad chip is refused by name and burns its nonce, and one person gets one account."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.ports import NoLiveness
from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.api import disclosures, people
from identity.people.models import Person, PersonDocument, PersonIndex, SealedAttribute
from identity.places.queries import today
from identity.ports import HolderMatch
from identity.proofing import enrolments
from identity.proofing.chip.mrz import Sex
from identity.proofing.chip.passive import ChipEvidence
from identity.proofing.chip.trust import TrustStore
from identity.proofing.enrolments import EnrolmentRefused
from identity.proofing.models import Enrolment, ProofingSession, ProofingState
from identity.proofing.routes import router
from identity.proofing.specimen import Flaw, KeyKind, Make, SpecimenAuthority, SpecimenChip, SpecimenDocument, make
from identity.proofing.verifier import ChipVerifier
from identity.retention import purges
from identity.retention import service as retention
from kernel.models import EventRow
from kernel.pool import Pool
from tests.support.apps import Served, served
from tests.support.people import PURPOSE, READER, a_person

SESSIONS = "/v1/proofing/sessions"
assert purges


class Matcher:
    """Says what it was told to say."""

    def __init__(self, says: HolderMatch) -> None:
        self._says = says

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch:  # noqa: ARG002 - the port's signature
        return self._says


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool("chip-test", workers=2, waiting=64)
    yield pool
    pool.close()


@asynccontextmanager
async def opened(database: Database, trust: TrustStore, pool: Pool, *, matched: bool = True) -> AsyncIterator[Served]:
    parts = {
        "chip_verifier": ChipVerifier(trust, pool),
        "holder_matcher": Matcher(HolderMatch.MATCHED if matched else HolderMatch.REVIEW),
        "liveness": NoLiveness(believe=True),
    }
    async with served(database, [router], parts=parts) as hub:
        yield hub


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def begin(hub: Served) -> dict[str, Any]:
    answer = await hub.client.post(SESSIONS)
    assert answer.status_code == 201, answer.text
    started: dict[str, Any] = answer.json()
    return started


def reading(chip: SpecimenChip, challenge: bytes, **more: Any) -> dict[str, Any]:
    answer = {} if chip.chip_key is None else {"answer": b64(chip.sign_challenge(challenge))}
    return {"data_groups": {str(number): b64(value) for number, value in chip.data_groups.items()}, "sod": b64(chip.sod)} | answer | more


async def submit(hub: Served, chip: SpecimenChip, started: dict[str, Any] | None = None, **more: Any) -> Any:
    session = started or await begin(hub)
    body = reading(chip, unpadded(session["challenge"])) | more
    return await hub.client.post(f"{SESSIONS}/{session['id']}/chip", json=body, headers={"Proofing-Secret": session["secret"]})


async def counts(database: Database) -> list[int]:
    async with database.session() as session:
        return [
            await session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Person, PersonIndex, SealedAttribute, Enrolment)
        ]


async def test_a_genuine_card_opens_one_account_at_level_2(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(db, trust, pool) as hub:
        answer = await submit(hub, make(vietnam, lan))
    assert (answer.status_code, answer.json()["state"]) == (200, "verified")
    async with db.transaction() as session:
        person = await enrolments.redeem(session, answer.json()["enrolment"])
        card = await people.card(session, person)
        assert (card.display_name, card.level, card.kind, card.demo) == ("Nguyễn Thị Lan", 2, "resident", False)
        found = await disclosures.read(session, person, ["identity_number", "birth_date", "document"], READER, PURPOSE)
        assert (found["identity_number"], found["birth_date"]) == ("001190000123", "1990-05-04")
        document = await session.scalar(select(PersonDocument).where(PersonDocument.person_id == person))
        assert document is not None
        assert (document.kind, document.expires_on) == ("cccd", lan.expires_on)
        assert b"190000123" not in document.details
        events = list(await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.account_verified")))
        assert events == [{"person_id": str(person), "level": 2}]
        with pytest.raises(EnrolmentRefused):
            await enrolments.redeem(session, answer.json()["enrolment"])


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        (Flaw.ALTERED_GROUP, "proofing.data_group_altered"),
        (Flaw.UNKNOWN_SIGNER, "proofing.signer_unknown"),
        (Flaw.EXPIRED_SIGNER, "proofing.signer_expired"),
        (Flaw.REVOKED_SIGNER, "proofing.signer_revoked"),
        (Flaw.TRAILING_BYTES, "proofing.trailing_bytes"),
        (Flaw.SHA1, "proofing.hash_algorithm_refused"),
        (Flaw.ROOT_SENT_ALONG, "proofing.signer_unknown"),
    ],
)
async def test_a_bad_chip_is_refused_by_name_and_nothing_of_it_is_kept(
    flaw: Flaw, code: str, db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(db, trust, pool) as hub:
        started = await begin(hub)
        answer = await submit(hub, make(vietnam, lan, flaw=flaw), started)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        again = await submit(hub, make(vietnam, lan), started)
        assert (again.status_code, again.json()["code"]) == (409, "proofing.session_closed")
        state = await hub.client.get(f"{SESSIONS}/{started['id']}", headers={"Proofing-Secret": started["secret"]})
        assert (state.json()["state"], state.json()["refusal"]) == ("refused", code)
    assert await counts(db) == [0, 0, 0, 0]
    async with db.session() as session:
        row = await session.get_one(ProofingSession, UUID(started["id"]))
        assert row.nonce_used_at is not None
        assert (row.person_id, row.doubts) == (None, [])


async def test_a_recorded_reading_does_not_pass_again(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    chip = make(vietnam, lan)
    async with opened(db, trust, pool) as hub:
        first, second = await begin(hub), await begin(hub)
        recorded = reading(chip, unpadded(first["challenge"]))
        answer = await hub.client.post(f"{SESSIONS}/{second['id']}/chip", json=recorded, headers={"Proofing-Secret": second["secret"]})
        assert answer.json()["code"] == "proofing.active_authentication_failed"
        stripped = recorded | {"data_groups": {"1": recorded["data_groups"]["1"]}, "answer": None}
        third = await begin(hub)
        answer = await hub.client.post(f"{SESSIONS}/{third['id']}/chip", json=stripped, headers={"Proofing-Secret": third["secret"]})
        assert answer.json()["code"] == "proofing.active_authentication_missing"
    assert await counts(db) == [0, 0, 0, 0]


async def test_a_chip_that_cannot_prove_itself_goes_to_review(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(db, trust, pool) as hub:
        answer = await submit(hub, make(vietnam, lan, Make(chip_key=None)))
    assert answer.json() == {"state": "in_review", "enrolment": None}
    async with db.session() as session:
        assert list(await session.scalars(select(ProofingSession.doubts))) == [["copy_not_excluded"]]


async def test_two_proofs_of_one_person_at_once_make_one_account(
    committed_db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    old = make(vietnam, lan)
    renewed = make(vietnam, replace(lan, number="190000124", expires_on=date(2089, 1, 1)), Make(chip_key=KeyKind.BRAINPOOL_P256))
    async with opened(committed_db, trust, pool) as hub:
        sessions = [await begin(hub) for _ in range(6)]
        answers = await asyncio.gather(*(submit(hub, chip, each) for chip, each in zip([old, renewed] * 3, sessions, strict=True)))
    states = sorted(answer.json()["state"] for answer in answers)
    assert states == ["in_review"] * 5 + ["verified"]
    assert {str(answer.json()) for answer in answers if answer.json()["state"] == "in_review"} == {
        "{'state': 'in_review', 'enrolment': None}"
    }
    persons, indexes, _, secrets = await counts(committed_db)
    assert (persons, indexes, secrets) == (1, 1, 1)


async def test_a_second_proof_answers_as_any_review_does_and_is_never_approved(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with db.transaction() as session:
        officer = await a_person(session)
    minh = SpecimenDocument.cccd("Trần Văn Minh", "001090000456", date(1990, 1, 1), Sex.MALE, date(2090, 1, 1))
    async with opened(db, trust, pool) as matching:
        assert (await submit(matching, make(vietnam, lan))).json()["state"] == "verified"
    async with opened(db, trust, pool, matched=False) as hub:
        known = await submit(hub, make(vietnam, lan))
        unknown = await submit(hub, make(vietnam, minh))
        assert known.json() == unknown.json()
        assert known.headers.keys() == unknown.headers.keys()
        hub.caller.person(officer, permissions=["proofing.review"])
        waiting = {row["reason"]: row for row in (await hub.client.get("/v1/proofing/reviews")).json()["items"]}
        assert {reason: row["display_name"] for reason, row in waiting.items()} == {"duplicate": None, "holder": "Trần Văn Minh"}
        decision = f"/v1/proofing/reviews/{waiting['duplicate']['id']}/decision"
        refused = await hub.client.post(decision, json={"approve": True, "note": "same card"})
        assert (refused.status_code, refused.json()["code"]) == (409, "proofing.duplicate_not_approved")
        rejected = await hub.client.post(decision, json={"approve": False, "note": "has an account"})
        assert rejected.json() == {"state": "rejected"}
    async with db.session() as session:
        assert await session.scalar(select(func.count()).select_from(Person).where(Person.display_name == "Nguyễn Thị Lan")) == 1


async def test_a_reviewers_approval_opens_the_pending_account_once(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with db.transaction() as session:
        officer = await a_person(session)
    async with opened(db, trust, pool, matched=False) as hub:
        started = await begin(hub)
        headers = {"Proofing-Secret": started["secret"]}
        await submit(hub, make(vietnam, lan), started)
        early = await hub.client.post(f"{SESSIONS}/{started['id']}/enrolment", headers=headers)
        assert early.status_code == 409
        async with db.session() as session:
            pending = await session.scalar(select(Person).where(Person.id != officer))
            assert pending is not None
            assert (pending.level, pending.state) == (1, "pending")
            secret = await enrolments.issue(session, pending.id)
            with pytest.raises(EnrolmentRefused):  # a pending account has no way in
                await enrolments.redeem(session, secret)
        decision = f"/v1/proofing/reviews/{started['id']}/decision"
        hub.caller.person(officer)
        assert (await hub.client.post(decision, json={"approve": True, "note": "seen"})).status_code == 403
        hub.caller.person(officer, permissions=["proofing.review"])
        assert (await hub.client.post(decision, json={"approve": True, "note": "seen at the counter"})).json() == {"state": "verified"}
        assert (await hub.client.post(decision, json={"approve": True, "note": "again"})).status_code == 404
        taken = await hub.client.post(f"{SESSIONS}/{started['id']}/enrolment", headers=headers)
        assert taken.status_code == 201
        assert (await hub.client.post(f"{SESSIONS}/{started['id']}/enrolment", headers=headers)).status_code == 404
    async with db.transaction() as session:
        person = await enrolments.redeem(session, taken.json()["enrolment"])
        assert (await people.card(session, person)).level == 2


async def test_a_rejected_pending_account_leaves_the_number_free(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with db.transaction() as session:
        officer = await a_person(session)
    async with opened(db, trust, pool, matched=False) as hub:
        started = await begin(hub)
        await submit(hub, make(vietnam, lan), started)
        hub.caller.person(officer, permissions=["proofing.review"])
        await hub.client.post(f"/v1/proofing/reviews/{started['id']}/decision", json={"approve": False, "note": "another face"})
    async with opened(db, trust, pool) as hub:
        assert (await submit(hub, make(vietnam, lan))).json()["state"] == "verified"


@pytest.mark.parametrize(("days", "kind"), [(None, "foreigner"), (20, "tourist")])
async def test_a_passport_holder_is_a_foreigner_or_a_tourist(
    days: int | None, kind: str, db: Database, trust: TrustStore, pool: Pool, utopia: SpecimenAuthority, anna: SpecimenDocument
) -> None:
    document = replace(anna, number="L898902C2")
    stay = None if days is None else (today() + timedelta(days=days)).isoformat()
    async with opened(db, trust, pool) as hub:
        answer = await submit(hub, make(utopia, document), stay_ends_on=stay, locale="en")
        assert answer.json()["state"] == "verified"
        late = await submit(hub, make(utopia, replace(document, number="L898902C4")), stay_ends_on="2020-01-01")
        assert late.json()["code"] == "proofing.stay_ended"
    async with db.session() as session:
        person = await session.scalar(select(Person))
        assert person is not None
        assert (person.kind, person.locale, person.display_name) == (kind, "en", "ERIKSSON ANNA MARIA")


async def test_portraits_other_cards_and_citizens_by_passport(
    db: Database,
    trust: TrustStore,
    pool: Pool,
    vietnam: SpecimenAuthority,
    utopia: SpecimenAuthority,
    lan: SpecimenDocument,
    anna: SpecimenDocument,
) -> None:
    async with opened(db, trust, pool) as hub:
        started = await begin(hub)
        chip = make(vietnam, lan)
        with_portrait = replace(chip, data_groups={1: chip.data_groups[1], 2: b"\x75\x00"})
        assert (await submit(hub, with_portrait, started)).json()["code"] == "proofing.biometrics_refused"
        assert (await submit(hub, chip, started)).json()["state"] == "verified"  # nothing was judged, so the nonce is still good
        card = replace(lan, issuer="UTO", nationality="UTO", personal_number="")
        assert (await submit(hub, make(utopia, card))).json()["code"] == "proofing.document_not_accepted"
        citizen = await submit(hub, make(vietnam, replace(anna, issuer="VNM", nationality="VNM")))
        assert citizen.json()["state"] == "in_review"


async def test_only_the_holder_of_the_secret_sees_or_uses_a_session(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(db, trust, pool) as hub:
        started = await begin(hub)
        stolen = started | {"secret": "x" * 43}
        assert (await submit(hub, make(vietnam, lan), stolen)).status_code == 404
        assert (await submit(hub, make(vietnam, lan), started | {"id": str(new_id())})).status_code == 404
        assert (await hub.client.get(f"{SESSIONS}/{started['id']}", headers={"Proofing-Secret": ""})).status_code == 404
        assert (await hub.client.get(f"{SESSIONS}/{started['id']}")).status_code == 422
        with clock.use(FixedClock(clock.now() + timedelta(minutes=10))):
            assert (await submit(hub, make(vietnam, lan), started)).status_code == 409
        assert (await submit(hub, make(vietnam, lan), started)).json()["state"] == "verified"


async def test_a_full_pool_refuses_without_burning_the_nonce(
    db: Database, trust: TrustStore, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    full = Pool("full", workers=1, waiting=0)
    full._free = 0
    chip = make(vietnam, lan)
    async with opened(db, trust, full) as hub:
        started = await begin(hub)
        refused = await submit(hub, chip, started)
        assert (refused.status_code, refused.json()["code"]) == (503, "pool.full")
        full._free = 1
        assert (await submit(hub, chip, started)).json()["state"] == "verified"
    full.close()


async def test_one_nonce_is_judged_once_however_many_come_at_once(
    committed_db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(committed_db, trust, pool) as hub:
        started = await begin(hub)
        chip = make(vietnam, lan)
        answers = await asyncio.gather(*(submit(hub, chip, started) for _ in range(8)))
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert (await counts(committed_db))[0] == 1


async def test_sessions_have_a_budget_per_address(db: Database, trust: TrustStore, pool: Pool) -> None:
    with clock.use(FixedClock(clock.now().replace(minute=1))):
        async with opened(db, trust, pool) as hub:
            for _ in range(20):
                await begin(hub)
            refused = await hub.client.post(SESSIONS)
            assert (refused.status_code, refused.json()["code"]) == (429, "limits.too_many")


async def test_hostile_bodies_are_refused(db: Database, trust: TrustStore, pool: Pool) -> None:
    async with opened(db, trust, pool) as hub:
        started = await begin(hub)
        url, headers = f"{SESSIONS}/{started['id']}/chip", {"Proofing-Secret": started["secret"]}
        for body in (
            {},
            {"data_groups": {}, "sod": ""},
            {"data_groups": {"1": "é"}, "sod": ""},
            {"data_groups": {"one": ""}, "sod": ""},
            {"data_groups": {"1": "AA=="}, "sod": "A" * 50_000},
            {"data_groups": {"1": "AA=="}, "sod": "AA==", "photo": "AA=="},
        ):
            assert (await hub.client.post(url, json=body, headers=headers)).status_code == 422
        answer = await hub.client.post(url, json={"data_groups": {"99": "AA=="}, "sod": "AA=="}, headers=headers)
        assert answer.json()["code"] == "proofing.data_group_malformed"


async def test_what_led_to_nothing_is_removed_and_what_waits_stays(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    async with opened(db, trust, pool, matched=False) as hub:
        await begin(hub)
        await submit(hub, make(vietnam, lan))
    with clock.use(FixedClock(clock.now() + timedelta(days=40))):
        await retention.enforce(db)
    async with db.session() as session:
        assert list(await session.scalars(select(ProofingSession.state))) == [ProofingState.IN_REVIEW]
