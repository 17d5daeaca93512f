"""Telling relying parties that a session of theirs is over."""

from identity.oauth.backchannel import announce

__all__ = ["announce"]
