"""What identity needs from the floors above or from outside; `app/ports.py` supplies it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.devices.models import Integrity
from identity.notices.models import Channel
from identity.proofing.chip.passive import ChipEvidence


class Messenger(Protocol):
    """Brings a text to a proved destination, by text message or e-mail. Part `messenger` of a worker's resources."""

    async def send(self, channel: Channel, destination: str, subject: str, text: str) -> None:
        """`destination` is an E.164 number or an e-mail address; text messages have no subject.

        Raises RetryLater or any error to be tried again, GiveUp where the channel is not set up; nothing of it may be logged.
        """
        ...


class Locator(Protocol):
    """Says roughly where a network is. Part `locator` of the runtime; it answers from what it has in this process."""

    def place(self, network: str) -> str | None:
        """A city or country for a /24 or /48, None where it is not known."""
        ...

    def operator(self, network: str) -> str | None:
        """The autonomous system of a network (`AS131429`), None where it is not known: throttling counts by it."""
        ...


class Distances(Protocol):
    """How far apart two places of a Locator are. Part `distances` of a worker's resources."""

    def kilometres(self, one: str, other: str) -> float | None:
        """As the crow flies; None where a place is not known, and then nothing follows from it."""
        ...


class SimChange(Protocol):
    """Asks a mobile operator when a number's SIM was changed last. Part `sim_change` of the runtime."""

    async def changed_at(self, number: str) -> datetime | None:
        """The moment of the last change (E.164 number), None where the operator does not say."""
        ...


class IntegrityVerifier(Protocol):
    """Judges what a device's platform says of app and system (Play Integrity, App Attest). Part `integrity` of the runtime."""

    async def verify(self, platform: str, statement: str | None, jkt: str) -> Integrity:
        """`statement` is the platform's signed word, bound to the device key `jkt`; `unknown` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class AppAudience:
    """A mini-app as somebody may open it now: `scopes` are agreed to, asked and approved; `asks`: something required is not answered yet.

    `acr` is the least level of the sign-in, `epoch` the generation of the app's tokens.
    """

    app_id: str
    sector: str
    epoch: int
    acr: int
    scopes: frozenset[str]
    asks: bool


class AppAudiences(Protocol):
    """Knows mini-apps and what people agreed to. Part `app_audiences` of the runtime."""

    async def audience(self, session: AsyncSession, app_id: str, person_id: UUID) -> AppAudience | None:
        """None where there is no such app, or it may not run."""
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


class Liveness(StrEnum):
    LIVE = "live"
    FAILED = "failed"
    UNKNOWN = "unknown"


class LivenessCheck(Protocol):
    """Says whether a living person was before the camera, from a provider's signed statement; no image ever comes here.

    Part `liveness` of the runtime. It answers from what it has in this process, as HolderMatcher does.
    """

    async def check(self, statement: str | None, session_id: UUID) -> Liveness: ...
