"""What a device hands in: a Firebase installation id, an older FCM token, or a browser's push subscription."""

from typing import Annotated, Literal, Self
from uuid import UUID

import orjson
from pydantic import Field, model_validator

from hanoismart.server.schemas import In, Line, Out
from notifications.addresses.models import AddressKind

Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+={0,2}$", max_length=200)]


class WebPushKeysIn(In):
    p256dh: Base64Url
    auth: Base64Url


class SubscriptionIn(In):
    """PushSubscription.toJSON() of the Push API."""

    endpoint: Annotated[str, Field(max_length=2_000)]
    keys: WebPushKeysIn
    expirationTime: float | None = None  # noqa: N815 (the browser's own name)


class PushAddressIn(In):
    """Exactly one of `value` (fcm_fid, fcm_token) and `subscription` (webpush)."""

    kind: AddressKind
    value: Annotated[str | None, Field(min_length=8, max_length=4_096, pattern=r"^[A-Za-z0-9_:.\-]+$")] = None
    subscription: SubscriptionIn | None = None
    device: Annotated[Line, Field(max_length=80)] = "device"
    locale: Literal["vi", "en"] = "vi"

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.kind is AddressKind.WEBPUSH) != (self.subscription is not None) or (self.value is None) == (self.subscription is None):
            raise ValueError("webpush needs subscription, the other kinds need value")
        return self

    def address(self) -> str:
        if self.subscription is None:
            return str(self.value)
        return orjson.dumps({"endpoint": self.subscription.endpoint, "keys": self.subscription.keys.model_dump()}).decode()


class PushAddressOut(Out):
    id: UUID
    kind: AddressKind
    device: str
    locale: str


class PushAddressesOut(Out):
    items: list[PushAddressOut]


class WebPushKeyOut(Out):
    public_key: str | None
    """The key a browser subscribes with (applicationServerKey, base64url), or null when web push is off."""
