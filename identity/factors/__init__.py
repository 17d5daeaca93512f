"""Factors beside the passkey: an optional password, and one-time codes by time (TOTP)."""
