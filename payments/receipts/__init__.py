"""Numbered receipts without a gap, as Decree 123/2020 asks."""
