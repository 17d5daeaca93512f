"""Specimen documents for development: invented chips with real certificates, which production never trusts."""

from identity.proofing.chip.mrz import Sex
from identity.proofing.specimen import Flaw, SpecimenAuthority, SpecimenChip, SpecimenDocument, make
from identity.proofing.specimen.files import authority, personal_number, reading, write

__all__ = [
    "Flaw",
    "Sex",
    "SpecimenAuthority",
    "SpecimenChip",
    "SpecimenDocument",
    "authority",
    "make",
    "personal_number",
    "reading",
    "write",
]
