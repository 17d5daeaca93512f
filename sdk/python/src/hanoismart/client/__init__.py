"""A backend's way to the hub: its own tokens, and what it may do for people who agreed."""

from hanoismart.client.credentials import Credentials
from hanoismart.client.hub import Hub, HubRefused, PaymentIntent

__all__ = ["Credentials", "Hub", "HubRefused", "PaymentIntent"]
