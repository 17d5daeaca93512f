"""Runs a whole chip verification in the bounded pool, against the trust store as it is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from identity.proofing.chip import chip_authentication
from identity.proofing.chip.active import CHALLENGE_BYTES, verify_active
from identity.proofing.chip.chip_authentication import Begun
from identity.proofing.chip.passive import ChipEvidence, verify_passive
from identity.proofing.chip.refusals import ActiveAuthenticationMissing, ChipAuthenticationMissing, DataGroupMissing
from identity.proofing.chip.trust import TrustStore
from identity.proofing.trust.roots import Roots
from identity.settings import settings
from kernel.pool import Pool

_PROTOCOLS_GROUP, _ACTIVE_KEY_GROUP = 14, 15


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """What a phone read from a chip. `answer` is the chip's answer to the challenge, None where the chip was not asked.

    `chip_answer`: the protected answer of chip authentication, to the command the session made.
    """

    data_groups: Mapping[int, bytes]
    sod: bytes
    answer: bytes | None
    chip_answer: bytes | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What a session asked of its chip: the nonce of the challenge, and the secret of chip authentication, where that was begun."""

    nonce: bytes
    authentication: bytes | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Verified:
    """`original` says whether the chip proved that it is no copy."""

    evidence: ChipEvidence
    original: bool


class ChipVerifier:
    """Part `chip_verifier` of the runtime. `beside`: roots that count besides those of the database."""

    def __init__(self, beside: TrustStore, pool: Pool) -> None:
        self._roots = Roots(beside)
        self._pool = pool

    async def verify(self, session: AsyncSession, reading: Reading, asked: Asked, at: date) -> Verified:
        """Raises a ChipRefused, or PoolFull."""
        trust = await self._roots.current(session)
        return await self._pool.run(lambda: self.check(trust, reading, asked, at))

    async def begin(self, dg14: bytes) -> Begun:
        """What a chip that offers chip authentication is asked. Raises a ChipRefused, or PoolFull."""
        return await self._pool.run(lambda: chip_authentication.begin(dg14))

    def check(self, trust: TrustStore, reading: Reading, asked: Asked, at: date) -> Verified:
        """The work itself, in the calling thread.

        A chip that can prove that it is no copy must do so: else a recorded reading of it would pass again. Raises a ChipRefused.
        """
        evidence = verify_passive(reading.data_groups, reading.sod, trust, at)
        if _ACTIVE_KEY_GROUP not in evidence.listed_groups:
            return Verified(evidence, original=_authenticated(evidence, reading, asked))
        if evidence.active_key is None or reading.answer is None:
            raise ActiveAuthenticationMissing("answer")
        verify_active(evidence, challenge_of(asked.nonce), reading.answer)
        return Verified(evidence, original=True)


def _authenticated(evidence: ChipEvidence, reading: Reading, asked: Asked) -> bool:
    """Whether chip authentication has shown the original; a chip that offers it must have done it."""
    if _PROTOCOLS_GROUP not in evidence.listed_groups:
        return False
    dg14 = reading.data_groups.get(_PROTOCOLS_GROUP)
    if dg14 is None:
        raise DataGroupMissing("dg14")
    if chip_authentication.key_of(dg14) is None:
        return False
    if asked.authentication is None or reading.chip_answer is None:
        raise ChipAuthenticationMissing("answer")
    chip_authentication.verify(asked.authentication, dg14, reading.chip_answer)
    return True


def challenge_of(nonce: bytes) -> bytes:
    """The eight bytes the phone sends the chip with INTERNAL AUTHENTICATE: the first of SHA-256 over the session's nonce."""
    return hashlib.sha256(b"hanoismart chip challenge" + nonce).digest()[:CHALLENGE_BYTES]


def specimen_store() -> TrustStore:
    """The specimen countries of the settings' folder: none in production.

    Raises TrustStoreInvalidError where a file cannot be used.
    """
    own = settings()
    if own.specimen_folder is None or own.environment == "production":
        return TrustStore()
    return TrustStore.load(Path(own.specimen_folder))
