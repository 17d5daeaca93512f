"""Specimen files: made once per country, read back whole, trusted in development and never in production."""

from datetime import date
from pathlib import Path
from typing import Literal

import pytest

from hanoismart import clock
from identity.proofing import verifier
from identity.proofing.chip.mrz import Sex
from identity.proofing.chip.passive import verify_passive
from identity.proofing.chip.refusals import SignerUnknown
from identity.proofing.chip.trust import TrustStore
from identity.proofing.specimen import SpecimenDocument, files
from identity.settings import IdentitySettings


def document() -> SpecimenDocument:
    born = date(2001, 2, 3)
    number = files.personal_number(born, Sex.MALE, 42)
    return SpecimenDocument.cccd("Phạm Văn Hòa", number, born, Sex.MALE, date(2090, 1, 1))


def test_a_file_is_a_chip_without_doubts(tmp_path: Path) -> None:
    out = tmp_path / "hoa.json"
    files.write(tmp_path / "authorities", out, document())
    chip = files.read(out)
    assert out.stat().st_mode & 0o777 == 0o600
    evidence = verify_passive(chip.data_groups, chip.sod, TrustStore.load(tmp_path / "authorities"), clock.now().date())
    assert (evidence.personal_number, evidence.vietnamese_name, evidence.review) == ("001201000042", "Phạm Văn Hòa", ())
    again = files.write(tmp_path / "authorities", out, document())
    assert verify_passive(again.data_groups, again.sod, TrustStore.load(tmp_path / "authorities"), clock.now().date()).revocation_checked


def test_the_body_for_the_route_answers_the_challenge(tmp_path: Path) -> None:
    chip = files.write(tmp_path, tmp_path / "hoa.json", document())
    body = files.reading(chip, "AAECAwQFBgc")
    assert set(body) == {"data_groups", "sod", "answer"}
    assert set(body["data_groups"]) == {"1", "13", "14", "15"}


def test_specimens_count_outside_production_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chip = files.write(tmp_path, tmp_path / "hoa.json", document())

    def store(environment: Literal["development", "production"]) -> TrustStore:
        own = IdentitySettings.model_construct(environment=environment, specimen_folder=str(tmp_path))
        monkeypatch.setattr(verifier, "settings", lambda: own)
        return verifier.specimen_store()

    assert verify_passive(chip.data_groups, chip.sod, store("development"), clock.now().date()).mrz.issuer == "VNM"
    with pytest.raises(SignerUnknown):
        verify_passive(chip.data_groups, chip.sod, store("production"), clock.now().date())
