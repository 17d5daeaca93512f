"""What a way out of the house must be able to do, and the fates a message can meet there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from notifications.addresses.models import AddressKind
from notifications.preferences.categories import Channel


class Fate(StrEnum):
    ACCEPTED = "accepted"
    DEAD = "dead"
    """The address will never work again: delete it."""
    LATER = "later"
    """A passing trouble: send again with the same collapse key."""
    CONFIGURATION = "configuration"
    """Our credentials are refused: operators must act, addresses stay."""
    FAULT = "fault"
    """Our own mistake in the message: do not send it again, the address stays."""


@dataclass(frozen=True, slots=True)
class PushMessage:
    kind: AddressKind
    address: str = field(repr=False)
    title: str = field(repr=False)
    body: str = field(repr=False)
    data: Mapping[str, str]
    collapse: str
    """At most 32 characters; a second copy replaces the first on the device."""
    ttl: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    fate: Fate
    reason: str = ""
    retry_after: timedelta | None = None


class PushSender(Protocol):
    async def send(self, message: PushMessage) -> Outcome:
        """Hands the message over once, without retrying by itself."""
        ...

    async def close(self) -> None: ...


Senders = Mapping[Channel, PushSender]
"""The senders this installation has, composed by the app as the resource and part called `push`."""


def retry_after(header: str | None) -> timedelta | None:
    """Seconds of a Retry-After header, an hour at most; its date form is left to the backoff."""
    return timedelta(seconds=min(int(header), 3_600)) if header and header.isascii() and header.isdigit() else None
