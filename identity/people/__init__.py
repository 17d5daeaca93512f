"""The person: one account, what is known of it, and the key that seals it."""
