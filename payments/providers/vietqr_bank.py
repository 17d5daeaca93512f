"""A bank that is paid by VietQR and calls back, signed, when the money has arrived."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from hanoismart.clock import now
from payments.providers.ports import Answer, CallbackMalformed, Order, Payment, ProviderUnavailable, SignatureRefused
from payments.providers.signing import SIGNATURE, TIMESTAMP, sign, verified
from payments.vietqr import VietQR, ascii_fold, build

TIMEOUT = 5  # seconds
_CODE = re.compile(r"HS[0-9A-HJKMNP-TV-Z]{10}")
# The bank's own list: what it hears stops it from calling again unless it says 99.
_ANSWERS = {
    "settled": (200, "00", "recorded"),
    "duplicate": (200, "02", "already recorded"),
    "paid_again": (200, "02", "already paid, kept aside"),
    "after_cancellation": (200, "02", "cancelled, kept aside"),
    "unknown_order": (404, "01", "no such order"),
    "wrong_amount": (422, "04", "wrong amount"),
    "bad_signature": (401, "97", "bad signature"),
    "malformed": (400, "99", "cannot be read"),
}


class VietQRBank:
    name = "vietqr_bank"

    def __init__(self, secret: str, endpoint: str | None = None, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._secret, self._endpoint, self._transport = secret, endpoint, transport

    def create(self, order: Order) -> str:
        purpose = f"{order.code} {ascii_fold(order.purpose)}"[:25].strip()
        return build(VietQR(order.bank_bin, order.account, amount=order.amount, purpose=purpose, name=ascii_fold(order.payee)[:25].strip()))

    def verify_callback(self, raw: bytes, headers: Mapping[str, str]) -> Payment:
        if not verified(self._secret, now(), raw, headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")):
            raise SignatureRefused
        try:
            return _payment(orjson.loads(raw))
        except (ValueError, KeyError, TypeError) as error:
            raise CallbackMalformed from error

    def answer(self, outcome: str) -> Answer:
        status, code, message = _ANSWERS[outcome]
        return Answer(status, {"code": code, "message": message})

    async def query(self, code: str) -> list[Payment]:
        if self._endpoint is None:
            return []
        path = f"/transactions/{code}"
        headers = sign(self._secret, now(), path.encode())
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, transport=self._transport) as client:
                answer = await client.get(self._endpoint.rstrip("/") + path, headers=headers)
                answer.raise_for_status()
                return [_payment(item) for item in answer.json()["transactions"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnavailable from error


def _payment(said: Any) -> Payment:
    """Raises ValueError, KeyError or TypeError unless it names a number, a whole positive amount and a message."""
    reference, amount, message = said["transaction_id"], said["amount"], said["message"]
    if not isinstance(reference, str) or not 0 < len(reference) <= 80 or not isinstance(message, str):
        raise TypeError
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount < 10**13:
        raise TypeError
    found = _CODE.search(message.upper())
    return Payment(reference, found[0] if found else "", amount)
