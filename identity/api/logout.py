"""Telling relying parties that a session of theirs is over."""

from identity.oauth.backchannel import announce, announce_lock, announce_withdrawal

__all__ = ["announce", "announce_lock", "announce_withdrawal"]
