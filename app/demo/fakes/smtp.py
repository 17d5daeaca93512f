"""A mail server that keeps what it is given: enough of RFC 5321, 3207 and 8314 for a client that speaks them, and nothing is sent on."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from app.demo.fakes.serving import refuse_in_production

LONGEST = 1_000_000
KEPT = 1_000


@dataclass
class MailServer:
    """`messages` is what was taken, newest last; `refused` are recipients that are answered 550; `out_of_order` answers 421.

    With `tls` it takes mail over TLS alone: after STARTTLS, or from the first byte where `implicit` is set. `sealed` counts those.
    """

    messages: deque[EmailMessage] = field(default_factory=lambda: deque(maxlen=KEPT))
    refused: set[str] = field(default_factory=set)
    out_of_order: bool = False
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    sealed: int = 0

    def to(self, address: str) -> list[EmailMessage]:
        """The messages to one address."""
        return [message for message in self.messages if message["To"] == address]

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """The port it listens on. Raises UnsafeSettings in production."""
        refuse_in_production()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=LONGEST, ssl=self.tls if self.implicit else None)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError, ssl.SSLError):
            await _Conversation(self, reader, writer).hold()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@dataclass
class _Conversation:
    """One client's commands and our answers."""

    server: MailServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    recipients: list[str] = field(default_factory=list)

    async def hold(self) -> None:
        if self.server.out_of_order:
            await self._say("421 not now")
            return
        await self._say("220 localhost stand-in")
        while line := (await self.reader.readline()).decode("latin-1").strip():
            verb, _, rest = line.partition(" ")
            if verb.upper() == "QUIT":
                await self._say("221 goodbye")
                return
            await self._answer(verb.upper(), rest)

    async def _answer(self, verb: str, rest: str) -> None:
        if verb in {"EHLO", "HELO"}:
            more = ["250-STARTTLS"] if self.server.tls and not self._within_tls() else []
            await self._say("250-localhost", *more, f"250 SIZE {LONGEST}")
        elif verb == "STARTTLS" and self.server.tls and not self._within_tls():
            await self._say("220 go ahead")
            await self.writer.start_tls(self.server.tls)
        elif self.server.tls and not self._within_tls():
            await self._say("530 STARTTLS first")
        elif verb in {"MAIL", "RSET"}:
            self.recipients.clear()
            await self._say("250 go on")
        elif verb == "RCPT":
            await self._recipient(rest.partition("<")[2].partition(">")[0])
        elif verb == "DATA" and self.recipients:
            await self._take()
        elif verb == "NOOP":
            await self._say("250 nothing done")
        else:
            await self._say("503 not here")

    def _within_tls(self) -> bool:
        return self.writer.get_extra_info("ssl_object") is not None

    async def _recipient(self, address: str) -> None:
        if address in self.server.refused:
            await self._say("550 nobody of that name")
            return
        self.recipients.append(address)
        await self._say("250 known")

    async def _take(self) -> None:
        await self._say("354 end with a dot")
        lines: list[bytes] = []
        while (line := await self.reader.readline()).rstrip(b"\r\n") != b".":
            if not line:
                raise asyncio.IncompleteReadError(b"", None)
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        if isinstance(message, EmailMessage):
            self.server.messages.append(message)
            self.server.sealed += self._within_tls()
        await self._say("250 taken")

    async def _say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()
