"""The one resource our own access tokens are for."""

from kernel.settings import settings


def hub_resource() -> str:
    """The `aud` of tokens for the hub's API (RFC 8707)."""
    return f"{settings().public_url}/v1"
