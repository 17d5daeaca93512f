"""A specimen Việt Nam, a specimen Utopia, and the documents that tests put on chips."""

from datetime import date

import pytest

from identity.proofing.chip.mrz import Sex
from identity.proofing.chip.trust import TrustStore
from identity.proofing.specimen import SpecimenAuthority, SpecimenDocument

# Certificates are made around the present, so the day of the check is the present as well.


@pytest.fixture(scope="session")
def vietnam() -> SpecimenAuthority:
    return SpecimenAuthority.create("VNM")


@pytest.fixture(scope="session")
def utopia() -> SpecimenAuthority:
    return SpecimenAuthority.create("UTO")


@pytest.fixture(scope="session")
def trust(vietnam: SpecimenAuthority, utopia: SpecimenAuthority) -> TrustStore:
    return vietnam.trust_store().merged(utopia.trust_store())


@pytest.fixture(scope="session")
def lan() -> SpecimenDocument:
    return SpecimenDocument.cccd("Nguyễn Thị Lan", "001190000123", date(1990, 5, 4), Sex.FEMALE, date(2090, 5, 4))


@pytest.fixture(scope="session")
def anna() -> SpecimenDocument:
    return SpecimenDocument.passport("Eriksson", "Anna Maria", "L898902C3", date(1974, 8, 12), Sex.FEMALE, date(2090, 4, 15))
