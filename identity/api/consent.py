"""Consent, for the floors above."""

from identity.consent.service import Ask, grant, granted, missing, withdraw

__all__ = ["Ask", "grant", "granted", "missing", "withdraw"]
