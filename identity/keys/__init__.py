"""The hub's signing keys: ES256 for OAuth, Ed25519 for mini-apps, made on first use and kept sealed."""
