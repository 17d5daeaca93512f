"""The trust store as rows: what may be pinned by whom, what running processes see, and what is said before something ends."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli import main
from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.api import trust
from identity.proofing.chip.passive import verify_passive
from identity.proofing.chip.refusals import SignerRevoked, SignerUnknown
from identity.proofing.specimen import Flaw, SpecimenAuthority, SpecimenDocument, make
from identity.proofing.specimen.lists import master_list
from identity.proofing.trust import jobs
from identity.proofing.trust.countries import issuer_code
from identity.proofing.trust.models import TrustCertificate, TrustRevocationList
from identity.proofing.trust.roots import Roots, load
from kernel.models import AuditEntry, EventRow


def pem(encoded: bytes) -> bytes:
    return x509.load_der_x509_certificate(encoded).public_bytes(Encoding.PEM)


async def taken(session: AsyncSession, *files: bytes, country: str | None = None, signer: bytes | None = None) -> trust.Imported:
    named = [(f"file {place}", content) for place, content in enumerate(files)]
    return await trust.import_files(session, named, country=country, master_list_signer=signer)


async def test_a_root_pinned_for_its_country_vouches_for_it_alone(
    session: AsyncSession, vietnam: SpecimenAuthority, utopia: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    done = await taken(session, vietnam.revocation_list(), pem(vietnam.certificate), country="VNM")
    assert (done.certificates, done.revocation_lists, done.refused) == (1, 1, [])
    store = await load(session)
    chip = make(vietnam, lan)
    assert verify_passive(chip.data_groups, chip.sod, store, clock.now().date()).revocation_checked
    revoked = make(vietnam, lan, flaw=Flaw.REVOKED_SIGNER)
    with pytest.raises(SignerRevoked):
        verify_passive(revoked.data_groups, revoked.sod, store, clock.now().date())
    foreign = make(utopia, lan)
    with pytest.raises(SignerUnknown):
        verify_passive(foreign.data_groups, foreign.sod, store, clock.now().date())
    assert list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == ["trust.added", "trust.list_added"]


async def test_nothing_comes_in_without_somebody_who_vouches_for_it(
    session: AsyncSession, vietnam: SpecimenAuthority, utopia: SpecimenAuthority
) -> None:
    stranger = SpecimenAuthority.create("VNM")
    for files, country in (
        ([vietnam.certificate], None),
        ([utopia.certificate], "VNM"),
        ([vietnam.revocation_list()], None),
        ([stranger.link(vietnam)], None),
        ([stranger.link(vietnam)], "VNM"),
        ([vietnam.issue_signer().certificate], "VNM"),
        ([b"no certificate"], "VNM"),
        ([b"-----BEGIN CERTIFICATE-----\nAAAA"], "VNM"),
    ):
        done = await taken(session, *files, country=country)
        assert (done.certificates, done.revocation_lists, len(done.refused)) == (0, 0, 1), files
    assert list(await session.scalars(select(TrustCertificate.id))) == []


async def test_a_link_certificate_carries_trust_to_a_countrys_new_key(
    session: AsyncSession, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    newer = SpecimenAuthority.create("VNM")
    chip = make(newer, lan)
    await taken(session, vietnam.certificate, country="VNM")
    with pytest.raises(SignerUnknown):
        verify_passive(chip.data_groups, chip.sod, await load(session), clock.now().date())
    assert (await taken(session, vietnam.link(newer))).certificates == 1
    assert verify_passive(chip.data_groups, chip.sod, await load(session), clock.now().date()).mrz.issuer == "VNM"
    assert {row.what for row in await trust.held(session)} == {"root", "link"}


async def test_a_master_list_counts_under_its_pinned_signer_only(
    session: AsyncSession, vietnam: SpecimenAuthority, utopia: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    germany = SpecimenAuthority.create("D")
    listed, signer = master_list(germany, [vietnam.certificate, utopia.certificate, germany.certificate])
    assert len((await taken(session, listed)).refused) == 1
    for wrong in (vietnam.certificate, SpecimenAuthority.create("D").certificate):
        assert (await taken(session, listed, signer=wrong)).certificates == 0
    unfit, its_certificate = master_list(germany, [vietnam.certificate], signer=germany.issue_signer())
    assert (await taken(session, unfit, signer=its_certificate)).certificates == 0
    bent = bytearray(listed)
    bent[len(bent) // 2] ^= 1
    assert (await taken(session, bytes(bent), signer=germany.certificate)).certificates == 0
    done = await taken(session, listed, signer=pem(germany.certificate))
    assert (done.certificates, done.refused) == (3, [])
    again = await taken(session, listed, signer=signer)
    assert (again.certificates, again.known) == (0, 3)
    assert {row.country for row in await trust.held(session)} == {"VNM", "UTO", "D"}
    chip = make(vietnam, lan)
    assert verify_passive(chip.data_groups, chip.sod, await load(session), clock.now().date()).mrz.issuer == "VNM"


async def test_an_older_list_never_takes_the_place_of_a_newer_one(session: AsyncSession, vietnam: SpecimenAuthority) -> None:
    older = vietnam.revocation_list()
    with clock.use(FixedClock(clock.now() + timedelta(days=1))):
        newer = vietnam.revocation_list()
    await taken(session, vietnam.certificate, country="VNM")
    assert [(await taken(session, each)).revocation_lists for each in (newer, older, newer)] == [1, 0, 0]
    assert len(list(await session.scalars(select(TrustRevocationList.id)))) == 1


async def test_a_running_process_sees_an_import_within_a_minute(
    committed_db: Database, vietnam: SpecimenAuthority, utopia: SpecimenAuthority
) -> None:
    roots = Roots(utopia.trust_store())
    async with committed_db.session() as session:
        assert set((await roots.current(session)).anchors) == {"UTO"}
    async with committed_db.transaction() as session:
        await taken(session, vietnam.certificate, vietnam.revocation_list(), country="VNM")
    with clock.use(FixedClock(clock.now() + timedelta(seconds=60))):
        async with committed_db.session() as session:
            assert set((await roots.current(session)).anchors) == {"UTO", "VNM"}
        async with committed_db.transaction() as session:
            (root,) = [row for row in await trust.held(session) if row.what == "root"]
            assert await trust.remove(session, root.fingerprint) == 1
            assert await trust.remove(session, root.fingerprint) == 0
    with clock.use(FixedClock(clock.now() + timedelta(seconds=120))):
        async with committed_db.session() as session:
            assert set((await roots.current(session)).anchors) == {"UTO"}  # the list without a root counts for nothing


async def test_staff_are_told_once_before_something_ends(db: Database, vietnam: SpecimenAuthority) -> None:
    async with db.transaction() as session:
        await taken(session, vietnam.certificate, vietnam.revocation_list(), country="VNM")

    async def told() -> list[str]:
        async with db.transaction() as session:
            await jobs.check(session, Run({}, 0, db, {}))
            rows = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.trust_running_out"))
            return sorted(row["what"] for row in rows)

    assert await told() == []
    with clock.use(FixedClock(clock.now() + timedelta(days=61))):
        assert await told() == ["revocation_list"]
        assert await told() == ["revocation_list"]
    with clock.use(FixedClock(clock.now() + timedelta(days=15 * 365 - 4 * 365 - 20))):
        assert await told() == ["certificate", "revocation_list"]


def test_countries_are_named_as_documents_name_them() -> None:
    assert [issuer_code(each) for each in ("vn", "DE", "fr", None, "??")] == ["VNM", "D", "FRA", None, None]


def test_the_command_says_what_it_did(
    cloned_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], vietnam: SpecimenAuthority
) -> None:
    from app.cli import database

    monkeypatch.setattr(database, "required_url", lambda: cloned_url)
    (tmp_path / "root.cer").write_bytes(vietnam.certificate)
    assert main(["trust", "import", str(tmp_path / "root.cer")]) == 1
    assert main(["trust", "import", str(tmp_path / "root.cer"), "--country", "VNM"]) == 0
    assert main(["trust", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()[-1].split()
    assert (listed[0], listed[1]) == ("VNM", "root")
    assert main(["trust", "remove", listed[4][:16]]) == 0
    members, _ = master_list(vietnam, [vietnam.certificate, SpecimenAuthority.create("D").certificate])
    for name, content in (("list.ml", members), ("newest.crl", vietnam.revocation_list())):
        (tmp_path / name).write_bytes(content)
    assert main(["trust", "import", str(tmp_path / "list.ml")]) == 1  # nobody vouches for it
    signed_by = ["--master-list-signer", str(tmp_path / "root.cer")]
    assert main(["trust", "import", str(tmp_path / "list.ml"), *signed_by]) == 0
    assert main(["trust", "import", str(tmp_path / "newest.crl")]) == 0
    capsys.readouterr()
    assert main(["trust", "list"]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["D", "root"],
        ["VNM", "revocation_list"],
        ["VNM", "root"],
    ]
    assert main(["trust", "remove", listed[4][:16]]) == 0
    assert main(["trust", "remove", listed[4][:16]]) == 1
