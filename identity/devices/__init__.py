"""A person's devices: one key each in its hardware key store, on which sessions and refresh families hang."""
