"""Asks a ClamAV daemon by its INSTREAM command, over TCP or a socket of this machine."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import structlog

from kernel.uploads.ports import NoScanner, Scan, Scanner
from kernel.uploads.problems import ScannerAway

SECONDS: Final = 60.0
CONNECT_SECONDS: Final = 3.0
_CHUNK: Final = 256 * 1024
_FOUND: Final = re.compile(r"stream: (?P<name>[^\x00-\x1f]{1,200}) FOUND")
log = structlog.get_logger()


class Clamd:
    """A daemon at `tcp://host:port` or `unix:///path`; one connection per file (clamd(8), zINSTREAM)."""

    def __init__(self, url: str) -> None:
        """Raises ValueError for an address of another form."""
        parts = urlsplit(url)
        self._socket = parts.path if parts.scheme == "unix" else None
        self._host, self._port = parts.hostname, parts.port or 3310
        if not self._socket and (parts.scheme != "tcp" or self._host is None):
            raise ValueError("a scanner is reached at tcp://host:port or unix:///path")

    async def scan(self, content: AsyncIterator[bytes]) -> Scan:
        """Raises ScannerAway where the daemon is not there, too slow, or refuses to look (its own size limit)."""
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._ask(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.warning("scanner.away", error=type(error).__name__)
            raise ScannerAway from error
        if answer == "stream: OK":
            return Scan(scanned=True)
        found = _FOUND.fullmatch(answer)
        if found is None:
            log.warning("scanner.unwilling")
            raise ScannerAway
        return Scan(scanned=True, found=found["name"])

    async def _ask(self, content: AsyncIterator[bytes]) -> str:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await self._connect()
        try:
            # A daemon that has heard enough closes the stream before all is sent; its answer is there to be read all the same.
            with suppress(ConnectionError):
                writer.write(b"zINSTREAM\0")
                async for piece in content:
                    for start in range(0, len(piece), _CHUNK):
                        chunk = piece[start : start + _CHUNK]
                        writer.write(len(chunk).to_bytes(4, "big") + chunk)
                        await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._socket:
            return await asyncio.open_unix_connection(self._socket)
        return await asyncio.open_connection(self._host, self._port)


def open_scanner(url: str | None, *, unscanned: bool) -> Scanner:
    """The scanner the settings name; without one, files pass unscanned only where `unscanned` allows it. Raises ValueError."""
    return Clamd(url) if url else NoScanner(allowed=unscanned)
