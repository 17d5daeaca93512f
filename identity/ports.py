"""What identity needs from the floors above or from outside; `app/ports.py` supplies it."""

from enum import StrEnum
from typing import Protocol
from uuid import UUID

from identity.proofing.chip.passive import ChipEvidence


class CodeSender(Protocol):
    """Brings a one-time code to a person, by text message. Part `code_sender` of a worker's resources."""

    async def send(self, destination: str, purpose: str, code: str, locale: str) -> None:
        """`destination` is an E.164 number. Raises RetryLater or any error to be tried again; nothing of it may be logged."""
        ...


class HolderMatch(StrEnum):
    MATCHED = "matched"
    REVIEW = "review"


class HolderMatcher(Protocol):
    """Says whether the one who holds the document is its owner. Part `holder_matcher` of the runtime.

    It answers from what it has in this process, for the request's session is held meanwhile: a provider that has to call out answers
    `review`, and decides later through `identity.proofing.reviews`.
    """

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch: ...
