"""Looking for malicious code behind a port: a scanner that is set up, or none."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from kernel.uploads.problems import ScannerAway


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner said: `found` names the malicious code; `scanned` is False where nobody looked."""

    scanned: bool
    found: str | None = None


class Scanner(Protocol):
    async def scan(self, content: AsyncIterator[bytes]) -> Scan:
        """Look through a file. Raises ScannerAway when nobody can say: the file is then not accepted."""
        ...


class NoScanner:
    """Nobody looks. `allowed`: files pass as unscanned, for development; else none is accepted."""

    def __init__(self, *, allowed: bool) -> None:
        self._allowed = allowed

    async def scan(self, content: AsyncIterator[bytes]) -> Scan:  # noqa: ARG002 (the protocol's signature)
        if not self._allowed:
            raise ScannerAway
        return Scan(scanned=False)
