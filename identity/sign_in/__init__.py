"""Who is signing in: a passkey here, a password with a code, or another device that says yes."""
