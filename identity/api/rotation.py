"""The door for rotating keys: what has to be sealed and indexed again, and whether an old key is still needed."""

from identity import resealing
from identity.people.reindexing import drop, left, reindex
from identity.settings import settings

__all__ = ["drop", "left", "lines", "reindex", "resealing"]


def lines() -> dict[str, str]:
    """Identity's keys as the settings give them, by purpose."""
    return {"pairwise": settings().pairwise_keys, "nonce": settings().nonce_key}
