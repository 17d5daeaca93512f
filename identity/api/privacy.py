"""The door to a person's rights: upper floors hand in what they hold of a person, for archives."""

from identity.privacy.sources import Source, register_source

__all__ = ["Source", "register_source"]
