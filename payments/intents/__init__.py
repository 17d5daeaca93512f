"""A wish for money from its creation to its settlement, its expiry or its end."""
