"""A backend's way to the hub: its own tokens, and what it may do for people who agreed."""

from hanoismart.client.credentials import Credentials
from hanoismart.client.erasures import Erasure, Erasures
from hanoismart.client.errors import (
    AppNotServed,
    Conflict,
    HubBusy,
    HubError,
    HubRefused,
    HubUnreachable,
    NotAgreed,
    NotAuthenticated,
    NotFound,
    PersonUnknown,
    RateLimited,
)
from hanoismart.client.hub import Hub, PaymentIntent, Payments
from hanoismart.client.keys import HubKeys
from hanoismart.client.storage import Storage

__all__ = [
    "AppNotServed",
    "Conflict",
    "Credentials",
    "Erasure",
    "Erasures",
    "Hub",
    "HubBusy",
    "HubError",
    "HubKeys",
    "HubRefused",
    "HubUnreachable",
    "NotAgreed",
    "NotAuthenticated",
    "NotFound",
    "PaymentIntent",
    "Payments",
    "PersonUnknown",
    "RateLimited",
    "Storage",
]
