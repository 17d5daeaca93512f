"""What lower floors ask of the world above them: messages to people, holders to their documents, places to networks."""

from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app import mail
from app.distances import CityDistances
from app.settings import AppSettings
from hanoismart.server.jobs import GiveUp
from identity.devices.models import Integrity
from identity.factors.passwords import Passwords
from identity.federation.settings import settings as vneid_settings
from identity.federation.vneid import Vneid
from identity.notices.models import Channel
from identity.ports import HolderMatch, Liveness
from identity.proofing.chip.passive import ChipEvidence
from identity.proofing.verifier import ChipVerifier, specimen_store
from kernel.pool import Pool
from kernel.settings import settings as kernel_settings
from plugins.api.launching import Audiences

CHIP_THREADS = 2


class Messages:
    """Brings text messages by an HTTP gateway, and e-mail by SMTP; each is set up on its own."""

    def __init__(self, settings: AppSettings) -> None:
        self._settings = settings
        token = settings.sms_gateway_token
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def send(self, channel: Channel, destination: str, subject: str, text: str) -> None:
        """Raises httpx and SMTP errors, to be tried again, and GiveUp when the channel is not set up."""
        if channel is Channel.EMAIL:
            await mail.send(self._settings, destination, subject, text)
            return
        if self._settings.sms_gateway_url is None:
            raise GiveUp("no text message gateway is set")
        async with httpx.AsyncClient(timeout=10, headers=self._headers) as client:
            answer = await client.post(self._settings.sms_gateway_url, json={"to": destination, "text": text})
            answer.raise_for_status()


class Nowhere:
    """No source of places is set: sign-ins come from somewhere."""

    def place(self, network: str) -> str | None:  # noqa: ARG002 (the port's signature)
        return None

    def operator(self, network: str) -> str | None:  # noqa: ARG002 (the port's signature)
        return None


class Places:
    """Places and operators of networks by a table an operator keeps: lines of `network,place,AS number`."""

    def __init__(self, file: Path) -> None:
        rows = (line.split(",") for line in file.read_text().splitlines() if line.strip() and not line.startswith("#"))
        self._known = {ip_network(network.strip()): (place.strip(), operator.strip()) for network, place, operator in rows}

    def place(self, network: str) -> str | None:
        return self._find(network)[0]

    def operator(self, network: str) -> str | None:
        return self._find(network)[1]

    def _find(self, network: str) -> tuple[str | None, str | None]:
        try:
            wanted = ip_network(network)
        except ValueError:
            return None, None
        wider = (wanted.supernet(new_prefix=prefix) for prefix in range(wanted.prefixlen, -1, -1))
        return next((self._known[one] for one in wider if one in self._known), (None, None))


class SimOperator:
    """Asks an operator's HTTP service when a number's SIM was changed (`GET ?number=` answers `{"changed_at": …}`)."""

    def __init__(self, url: str | None) -> None:
        self._url = url

    async def changed_at(self, number: str) -> datetime | None:
        """None where no operator is set or it does not answer: a recovery then waits as long as it would anyway."""
        if self._url is None:
            return None
        try:
            async with httpx.AsyncClient(timeout=3) as client:
                answer = (await client.get(self._url, params={"number": number})).raise_for_status().json()
            told = answer.get("changed_at")
            return datetime.fromisoformat(told) if told else None
        except (httpx.HTTPError, ValueError, AttributeError):
            return None


class NoIntegrity:
    """Nobody vouches for devices; development and test believe the words `genuine` and `altered`."""

    def __init__(self, *, believe: bool) -> None:
        self._believe = believe

    async def verify(self, platform: str, statement: str | None, jkt: str) -> Integrity:  # noqa: ARG002 (the port's signature)
        if self._believe and statement in {Integrity.GENUINE.value, Integrity.ALTERED.value}:
            return Integrity(statement)
        return Integrity.UNKNOWN


class StaffReview:
    """Every holder waits for a reviewer."""

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch:  # noqa: ARG002 (the port's signature)
        return HolderMatch.REVIEW


class DevelopmentMatching:
    """Deterministic: every genuine chip is in its owner's hand. Never in production."""

    async def match(self, evidence: ChipEvidence, session_id: UUID) -> HolderMatch:  # noqa: ARG002 (the port's signature)
        return HolderMatch.MATCHED


class NoLiveness:
    """No provider says anything about liveness; development believes the words `live` and `failed`. Never in production."""

    def __init__(self, *, believe: bool) -> None:
        self._believe = believe

    async def check(self, statement: str | None, session_id: UUID) -> Liveness:  # noqa: ARG002 (the port's signature)
        if self._believe and statement in {Liveness.LIVE.value, Liveness.FAILED.value}:
            return Liveness(statement)
        return Liveness.UNKNOWN


def parts(settings: AppSettings) -> dict[str, Any]:
    """The parts of a runtime that stand for the outside."""
    return {
        "app_audiences": Audiences(),
        "passwords": Passwords(Pool("password", workers=settings.password_threads, waiting=settings.passwords_waiting)),
        "messenger": Messages(settings),
        "locator": Places(Path(settings.places_file)) if settings.places_file else Nowhere(),
        "sim_change": SimOperator(settings.sim_change_url) if settings.sim_change_url else None,
        "distances": CityDistances(),
        "integrity": NoIntegrity(believe=settings.environment != "production"),
        "chip_verifier": ChipVerifier(specimen_store(), Pool("chip", workers=CHIP_THREADS)),
        "liveness": NoLiveness(believe=settings.environment != "production"),
        "vneid": Vneid(vneid_settings(), f"{kernel_settings().public_url}/v1/proofing/vneid/callback"),
        "holder_matcher": DevelopmentMatching() if settings.holder_matching == "development" else StaffReview(),
    }
