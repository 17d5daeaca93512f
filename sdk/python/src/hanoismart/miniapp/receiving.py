"""The door the hub's webhooks come in by: raw bytes first, then the signature, then once and only once the handler."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final

from hanoismart import clock, webhooks
from hanoismart.miniapp.once import Once, Taken
from hanoismart.miniapp.people import KeySource
from hanoismart.webhooks import Received, WebhookRefused

Handler = Callable[[Received], Awaitable[None]]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
MAX_BODY: Final = 64 * 1024


class Busy(Exception):
    """The same message is being handled at this moment; the hub will send it again."""


class Receiver:
    """An ASGI app to mount: 204 handled or not wanted, 401 refused, 409 in hand just now, 500 the handler failed (it is sent again).

    What stands in `afterwards` follows a handler that returned, and again every repetition of the message: it may fail by itself.
    """

    def __init__(self, keys: KeySource, secrets: Iterable[str], once: Once) -> None:
        self._keys = keys
        self._secrets = tuple(secrets)
        self._once = once
        self.handlers: dict[str, Handler] = {}
        self.afterwards: dict[str, Handler] = {}

    def forget(self, once: Once) -> None:
        """Begin with another memory, and with the hub's keys alone."""
        self._once = once
        self._secrets = ()

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Check a message (`body`: the bytes as they came) and act on it once. Raises WebhookRefused, Busy, and what the handler raises."""
        received = await self._verified(headers, body)
        handler = self.handlers.get(received.type)
        if handler is None:
            return received
        key = f"webhook:{received.id}"
        taken = await self._once.take(key)
        if taken is Taken.BUSY:
            raise Busy
        if taken is Taken.YOURS:
            try:
                await handler(received)
            except BaseException:
                await self._once.release(key)
                raise
            await self._once.finish(key)
        if received.type in self.afterwards:
            await self.afterwards[received.type](received)
        return received

    async def _verified(self, headers: Mapping[str, str], body: bytes) -> Received:
        given = {name.lower(): value for name, value in headers.items()}
        now = clock.now()
        # With a shared secret nothing is fetched; the hub signs with its key too.
        if self._secrets:
            try:
                return webhooks.verify(given, body, now=now, secrets=self._secrets)
            except WebhookRefused as refused:
                if refused.step != "signature":
                    raise
        try:
            return webhooks.verify(given, body, now=now, keys=(await self._keys(False)).values())
        except WebhookRefused as refused:
            if refused.step != "signature":
                raise
        return webhooks.verify(given, body, now=now, keys=(await self._keys(True)).values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _answer(send, 405, {"code": "webhook.method"}, (b"allow", b"POST"))
            return
        body = await _read(receive)
        if body is None:
            await _answer(send, 413, {"code": "webhook.too_large"})
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            await self.receive(headers, body)
        except WebhookRefused as refused:
            await _answer(send, 401, {"code": "webhook.refused", "step": refused.step, "detail": str(refused)})
        except Busy:
            await _answer(send, 409, {"code": "webhook.busy"}, (b"retry-after", b"5"))
        else:
            await _answer(send, 204, None)


async def _read(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


async def _answer(send: Send, status: int, document: Mapping[str, object] | None, *headers: tuple[bytes, bytes]) -> None:
    body = b"" if document is None else json.dumps(document, ensure_ascii=False).encode()
    told = [*headers, (b"content-length", str(len(body)).encode())] if status != 204 else list(headers)
    if body:
        told.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
