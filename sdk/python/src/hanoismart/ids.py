"""Identifiers that sort by the time they were made, so that an index grows at one end and a cursor can be an id."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, the rest random."""
    return uuid7()
