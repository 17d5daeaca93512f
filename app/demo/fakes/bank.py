"""The sandbox bank: reads a VietQR code like any banking app, and calls the city back, signed, as late and as often as it is told.

It knows VietQR and the signature from their specifications, not from our code, so that a mistake of ours does not cancel itself out.
"""

import asyncio
import hashlib
import hmac
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hanoismart.clock import now


class UnreadableCode(ValueError):
    """The banking app cannot read the code, or its checksum is wrong."""


@dataclass
class Bank:
    """`POST /pay {qr, delay?, copies?, amount?, message?}`: a customer pays what the code shows, unless told otherwise.

    `delay` is in seconds; `copies` callbacks are sent at once (a bank repeats itself: two is the default), each with the same number.
    """

    secret: str
    callback_url: str
    answers: deque[tuple[int, Any]] = field(default_factory=lambda: deque(maxlen=1_000))
    transactions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    silent: bool = False
    """While True no callback is sent: the money has arrived, and only a question finds out."""
    _pending: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/pay", self._pay, methods=["POST"]),
                Route("/transactions/{code}", self._tell, methods=["GET"]),
                Route("/answers", self._list, methods=["GET"]),
            ]
        )

    async def settled(self) -> None:
        """Returns when every callback under way has its answer."""
        while self._pending:
            await asyncio.gather(*self._pending)

    async def _pay(self, request: Request) -> Response:
        asked = await request.json()
        try:
            code = read(asked["qr"])
        except UnreadableCode as error:
            return JSONResponse({"error": str(error)}, 422)
        amount = asked.get("amount") or code["amount"]
        if not amount:
            return JSONResponse({"error": "the code names no amount"}, 422)
        message = asked.get("message") or code["message"]
        payment = {"transaction_id": uuid4().hex, "amount": int(amount), "message": message, "account": code["account"]}
        self.transactions.setdefault(message.split(" ")[0], []).append(payment)
        if not self.silent:
            task = asyncio.create_task(self._call_back(payment, float(asked.get("delay", 0)), int(asked.get("copies", 2))))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)
        return JSONResponse(payment, 202)

    async def _call_back(self, payment: dict[str, Any], delay: float, copies: int) -> None:
        await asyncio.sleep(delay)
        async with httpx.AsyncClient(timeout=15) as client:
            answers = await asyncio.gather(*(self._send(client, payment) for _ in range(copies)))
        self.answers.extend(answers)

    async def _send(self, client: httpx.AsyncClient, payment: dict[str, Any]) -> tuple[int, Any]:
        body = orjson.dumps(payment)
        moment = str(int(now().timestamp()))
        headers = {"content-type": "application/json", "x-bank-timestamp": moment, "x-bank-signature": self._sign(moment, body)}
        try:
            answer = await client.post(self.callback_url, content=body, headers=headers)
        except httpx.HTTPError:
            return 0, None
        return answer.status_code, answer.json()

    async def _tell(self, request: Request) -> Response:
        moment = request.headers.get("x-bank-timestamp", "")
        expected = self._sign(moment, request.url.path.encode())
        if not hmac.compare_digest(expected, request.headers.get("x-bank-signature", "")):
            return JSONResponse({"error": "bad signature"}, 401)
        return JSONResponse({"transactions": self.transactions.get(request.path_params["code"], [])})

    async def _list(self, _request: Request) -> Response:
        return JSONResponse(list(self.answers))

    def _sign(self, moment: str, body: bytes) -> str:
        return hmac.new(self.secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def read(text: str) -> dict[str, str]:
    """Account, amount and message of a VietQR code. Raises UnreadableCode."""
    register = 0xFFFF
    for byte in text[:-4].encode():
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
        register &= 0xFFFF
    if text[-4:] != f"{register:04X}":
        raise UnreadableCode("the checksum is wrong")
    outer = _split(text)
    target = _split(_split(outer.get("38", "")).get("01", ""))
    return {"account": target.get("01", ""), "amount": outer.get("54", ""), "message": _split(outer.get("62", "")).get("08", "")}


def _split(text: str) -> dict[str, str]:
    found = {}
    position = 0
    while position < len(text):
        length = int(text[position + 2 : position + 4])
        found[text[position : position + 2]] = text[position + 4 : position + 4 + length]
        position += 4 + length
    return found
