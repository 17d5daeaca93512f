"""What the OAuth endpoints check, for the reference."""

from identity.oauth.endpoints import TABLE

__all__ = ["checks"]


def checks() -> list[tuple[str, list[str], str]]:
    """Endpoint with grant type, the kinds of client that may come, and whether a DPoP proof must be there."""
    return [(endpoint, sorted(row.clients), row.proof.value) for endpoint, row in TABLE.items()]
