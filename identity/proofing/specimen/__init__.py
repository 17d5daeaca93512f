"""Our own specimen country, which makes chips with real certificates and signatures for development and tests."""

from identity.proofing.specimen.authority import SpecimenAuthority
from identity.proofing.specimen.document import SpecimenDocument
from identity.proofing.specimen.flaws import Flaw
from identity.proofing.specimen.making import Make, SpecimenChip, make
from identity.proofing.specimen.signing import KeyKind

__all__ = ["Flaw", "KeyKind", "Make", "SpecimenAuthority", "SpecimenChip", "SpecimenDocument", "make"]
