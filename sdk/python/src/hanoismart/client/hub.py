"""The hub as a backend sees it: tell a person something, ask for a payment, read what was agreed to."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx
from joserfc.jwk import OKPKey

from hanoismart import tokens
from hanoismart.client.credentials import Credentials, TokenRefused
from hanoismart.client.erasures import Erasures
from hanoismart.client.errors import HubBusy, HubRefused, HubUnreachable, RateLimited, refusal
from hanoismart.client.keys import HubKeys
from hanoismart.client.storage import Storage
from hanoismart.ids import new_id
from hanoismart.text import Text

DELAYS: Final = (0.2, 1.0)  # seconds before the second and the third attempt
_PATIENCE: Final = 5.0  # a hub that asks for more is not waited for


@dataclass(frozen=True, slots=True)
class PaymentIntent:
    """A payment that was asked for: `amount` in đồng, `qr_text` for the page to show, state created, settled, expired or cancelled."""

    id: str
    state: str
    amount: int
    reference: str
    qr_text: str
    expires_at: datetime


class Hub:
    """Works over HTTP, and in process over any httpx transport. `key` is the Ed25519 key registered for the app."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        key: OKPKey,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 10.0,
        issuer: str | None = None,
        delays: Sequence[float] = DELAYS,
    ) -> None:
        """`timeout` in seconds; `issuer` is the hub's public address where calls go another way.

        What failed on the way is tried again after each of `delays` (seconds), but only where a second call cannot do a thing twice.
        """
        self._http = httpx.AsyncClient(base_url=base_url, transport=transport, timeout=timeout)
        self._credentials = Credentials(issuer or base_url, client_id, key)
        self._keys = HubKeys(self._http)
        self._delays = tuple(delays)
        self.pay = Payments(self)
        self.erasures = Erasures(self.call)

    async def close(self) -> None:
        await self._http.aclose()

    async def notify(self, sub: str, template: str, data: Mapping[str, str | int], *, dedupe: str, link: str | None = None) -> bool:
        """Tell a person something with a template of the manifest; False where it was told before under the same `dedupe`.

        Raises HubRefused: the person did not agree, or the template is not the app's.
        """
        body = {"sub": sub, "template": template, "data": dict(data), "dedupe": dedupe, "link": link}
        return bool((await self.call("POST", "/v1/backend/notifications", json=body, again=True))["sent"])

    async def read_person(self, sub: str, attributes: Sequence[str], purpose: Text) -> dict[str, str]:
        """What a person agreed to be read, by scope name; the person sees this reading and its purpose.

        Raises HubRefused where the person did not agree.
        """
        body = {"sub": sub, "attributes": list(attributes), "purpose": {"vi": purpose.vi, "en": purpose.en}}
        found = await self.call("POST", "/v1/backend/people/read", json=body)
        return {str(name): str(value) for name, value in found["values"].items()}

    async def read_facts(self, subs: Sequence[str], attributes: Sequence[str], purpose: Text) -> dict[str, dict[str, str]]:
        """`yes` or `no` by subject and scope (`status.student` and the like) for up to a hundred people who agreed; others are left out.

        Each person sees the reading and its purpose. Raises HubRefused for another scope or purpose than the manifest's.
        """
        words = {"vi": purpose.vi, "en": purpose.en}
        body = {"subs": list(subs), "attributes": list(attributes), "purpose": words}
        found = await self.call("POST", "/v1/backend/people/facts", json=body)
        return {str(sub): {str(name): str(value) for name, value in facts.items()} for sub, facts in found["people"].items()}

    async def redeem(self, code: str) -> dict[str, str]:
        """What a one-time code of the page opens (`phone`, `address`, `email`, `personal_number.last4`); the person sees this reading.

        A code counts once and for two minutes. Raises HubRefused for any other.
        """
        found = await self.call("POST", "/v1/backend/codes/redeem", json={"code": code}, idempotency=str(new_id()))
        return {str(name): str(value) for name, value in found["values"].items()}

    def storage(self, sub: str) -> Storage:
        """What this app keeps for one person."""
        return Storage(self.call, sub)

    async def keys(self, *, fresh: bool = False) -> tokens.PublicKeys:
        """The hub's public keys for launch tokens, assertions and webhooks; see HubKeys."""
        return await self._keys(fresh)

    async def call(
        self, method: str, path: str, *, json: object = None, idempotency: str | None = None, again: bool = False
    ) -> dict[str, Any]:
        """One authorised call; once more with a fresh nonce or token when the hub asks for it. Raises HubRefused and HubUnreachable.

        `again`: a POST that may be repeated, because it names what it does; others are repeated only under `idempotency`.
        """
        delays = self._delays if again or idempotency is not None or method != "POST" else ()
        for delay in (*delays, None):
            try:
                return await self._once(method, path, json, idempotency)
            except (HubUnreachable, HubBusy, RateLimited) as failure:
                asked = failure.retry_after if isinstance(failure, HubRefused) else None
                if delay is None or (asked or 0) > _PATIENCE:
                    raise
                await asyncio.sleep(max(delay, asked or 0))
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, method: str, path: str, json: object, idempotency: str | None) -> dict[str, Any]:
        try:
            response = await self._send(method, path, json, idempotency)
            if response.status_code == 401:
                if not self._credentials.heard(response):
                    self._credentials.forget()
                response = await self._send(method, path, json, idempotency)
        except TokenRefused as refused:
            answer = refused.response
            raise refusal(answer.status_code, _document(answer), answer.headers.get("retry-after")) from refused
        except httpx.TransportError as failure:
            raise HubUnreachable(f"{method} {path}") from failure
        if response.is_error:
            raise refusal(response.status_code, _document(response), response.headers.get("retry-after"))
        return _document(response)

    async def _send(self, method: str, path: str, json: object, idempotency: str | None) -> httpx.Response:
        url = f"{self._credentials.issuer}{path}"
        headers = await self._credentials.authorize(self._http, method, url)
        if idempotency is not None:
            headers["Idempotency-Key"] = idempotency
        return await self._http.request(method, path, json=json, headers=headers)


class Payments:
    """Payments of an app; a payment is asked for once per `reference`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def create(
        self, *, amount: int, description: Text, reference: str, expires_at: datetime, sub: str | None = None
    ) -> PaymentIntent:
        """Ask for `amount` đồng; the same reference gives the same payment. Raises HubRefused."""
        body = {
            "sub": sub,
            "amount": amount,
            "description": {"vi": description.vi, "en": description.en},
            "reference": reference,
            "expires_at": expires_at.isoformat(),
        }
        return _intent(await self._hub.call("POST", "/v1/backend/payments", json=body, idempotency=reference))

    async def status(self, intent_id: str) -> PaymentIntent:
        """The payment as it stands. Raises HubRefused where it is not this app's."""
        return _intent(await self._hub.call("GET", f"/v1/backend/payments/{intent_id}"))


def _intent(document: Mapping[str, Any]) -> PaymentIntent:
    return PaymentIntent(
        id=str(document["id"]),
        state=str(document["state"]),
        amount=int(document["amount"]),
        reference=str(document["reference"]),
        qr_text=str(document["qr_text"]),
        expires_at=datetime.fromisoformat(document["expires_at"]),
    )


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        document = {}
    return document if isinstance(document, dict) else {}
