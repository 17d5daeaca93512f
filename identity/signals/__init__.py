"""Signs that a sign-in is somebody else's: written down with a score, looked at by people, never a silent refusal."""
