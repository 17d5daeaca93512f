"""Budgets that must hold (PostgreSQL rows) and flood control that may be lost (Redis)."""

from kernel.limits.budgets import TooMany, count, spend, within
from kernel.limits.flood import flood_control, open_door

__all__ = ["TooMany", "count", "flood_control", "open_door", "spend", "within"]
