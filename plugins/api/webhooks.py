"""Telling backends what happened, for app/wiring."""

from plugins.webhooks.service import tell

__all__ = ["tell"]
