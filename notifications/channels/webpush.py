"""Push to browsers: RFC 8030 delivery, RFC 8291 encryption, RFC 8292 VAPID, no redirects and no strange hosts."""

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pydantic import ValidationError
from webpush import WebPush, WebPushSubscription
from webpush.vapid import VAPID

from notifications.channels.hosts import EndpointRefused, check_endpoint
from notifications.channels.ports import Fate, Outcome, PushMessage, retry_after

TIMEOUT = 10  # seconds
LARGEST = 3_000  # bytes of plain text: push services must take 4,096 of ciphertext (RFC 8030, section 7.2)


class WebPushSender:
    def __init__(self, private_key: str, subject: str) -> None:
        """`private_key` is the ES256 key as PEM, `subject` an e-mail address. Raises ValueError on another kind of key."""
        key = load_pem_private_key(private_key.encode(), password=None)
        if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError("web push needs an ES256 (P-256) key")
        public = key.public_key()
        self.public_key: str = VAPID.get_application_server_key(public)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._push = WebPush(private_key=private_key.encode(), public_key=pem, subscriber=subject)
        self._http = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)

    async def send(self, message: PushMessage) -> Outcome:
        text = orjson.dumps({"title": message.title, "body": message.body, **message.data})
        outcome = await self._post(message, text)
        if outcome.reason == "too_large" or len(text) > LARGEST:
            return await self._post(message, orjson.dumps(dict(message.data)))  # once, shrunk to the pointer
        return outcome

    async def _post(self, message: PushMessage, text: bytes) -> Outcome:
        if len(text) > LARGEST:
            return Outcome(Fate.FAULT, "too_large")
        try:
            subscription = WebPushSubscription.model_validate_json(message.address)
            check_endpoint(str(subscription.endpoint))
            sealed = self._push.get(message=text, subscription=subscription, ttl=message.ttl)
        except (ValidationError, EndpointRefused, ValueError):
            return Outcome(Fate.DEAD, "malformed_address")
        headers = {name: str(value) for name, value in sealed.headers.items()} | {
            "Content-Type": "application/octet-stream",
            "Urgency": "high" if message.urgent else "normal",
            "Topic": message.collapse,
        }
        try:
            answer = await self._http.post(str(subscription.endpoint), content=sealed.encrypted, headers=headers)
        except httpx.HTTPError:
            return Outcome(Fate.LATER, "unreachable")
        return _judged(answer)

    async def close(self) -> None:
        await self._http.aclose()


def _judged(answer: httpx.Response) -> Outcome:
    status = answer.status_code
    if 200 <= status < 300:
        return Outcome(Fate.ACCEPTED)
    if status == 413:
        return Outcome(Fate.FAULT, "too_large")
    if status in {401, 403}:
        return Outcome(Fate.CONFIGURATION, "vapid")
    if status in {408, 429} or status >= 500:
        return Outcome(Fate.LATER, "unavailable", retry_after(answer.headers.get("retry-after")))
    return Outcome(Fate.DEAD, "gone")  # 404 and 410, any other 4xx, and a redirect, which is never followed
