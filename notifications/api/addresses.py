"""Device addresses, for those who end accounts."""

from notifications.addresses.service import forget_all

__all__ = ["forget_all"]
