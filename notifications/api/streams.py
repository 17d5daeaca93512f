"""Open streams, for those who end sessions."""

from notifications.stream.jobs import close_streams

__all__ = ["close_streams"]
