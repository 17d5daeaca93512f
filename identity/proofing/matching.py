"""A deterministic holder match for development and test, in the place of a provider's or a counter's."""

from uuid import UUID

from identity.ports import HolderMatch
from identity.proofing.chip.passive import ChipEvidence


class DevelopmentMatcher:
    """Matches every holder, except one whose document number ends in 9: that one goes to review. Never in production."""

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch:  # noqa: ARG002 - the port's signature
        return HolderMatch.REVIEW if evidence.mrz.number.endswith("9") else HolderMatch.MATCHED


class ReviewMatcher:
    """Sends every holder to staff review: what an installation without a matching provider does."""

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch:  # noqa: ARG002 - the port's signature
        return HolderMatch.REVIEW
