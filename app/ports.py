"""What lower floors ask of the world above them: codes to telephones, holders to their documents."""

from typing import Any
from uuid import UUID

import httpx

from app.settings import AppSettings
from hanoismart.server.jobs import GiveUp
from hanoismart.text import Text
from identity.ports import HolderMatch
from identity.proofing.chip.passive import ChipEvidence
from identity.proofing.verifier import ChipVerifier, trust_store
from kernel.pool import Pool

CHIP_THREADS = 2
MESSAGE = Text(
    vi="HanoiSmart: mã xác minh của bạn là {code}. Không đưa mã này cho bất kỳ ai.",
    en="HanoiSmart: your verification code is {code}. Never give it to anyone.",
)


class SmsGateway:
    """Brings one-time codes by an HTTP text message gateway."""

    def __init__(self, url: str | None, token: str | None) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def send(self, destination: str, purpose: str, code: str, locale: str) -> None:
        """Raises httpx errors, to be tried again, and GiveUp when no gateway is set."""
        if self._url is None:
            raise GiveUp("no text message gateway is set")
        text = MESSAGE.format(code=code).in_(locale)
        async with httpx.AsyncClient(timeout=10, headers=self._headers) as client:
            answer = await client.post(self._url, json={"to": destination, "purpose": purpose, "text": text})
            answer.raise_for_status()


class StaffReview:
    """Every holder waits for a reviewer."""

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch:  # noqa: ARG002 (the port's signature)
        return HolderMatch.REVIEW


class DevelopmentMatching:
    """Deterministic: every genuine chip is in its owner's hand. Never in production."""

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch:  # noqa: ARG002 (the port's signature)
        return HolderMatch.MATCHED


def parts(settings: AppSettings) -> dict[str, Any]:
    """The parts of a runtime that stand for the outside."""
    return {
        "code_sender": SmsGateway(settings.sms_gateway_url, settings.sms_gateway_token),
        "chip_verifier": ChipVerifier(trust_store(), Pool("chip", workers=CHIP_THREADS)),
        "holder_matcher": DevelopmentMatching() if settings.holder_matching == "development" else StaffReview(),
    }
