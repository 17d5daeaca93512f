"""The working days of Hà Nội's offices, for clocks of the floors above."""

from identity.workdays import calendar

__all__ = ["calendar"]
