"""Security notices: what happened to an account reaches its person by every channel that was proved."""
