"""The pages of mini-apps: each from its own origin, only bytes that were reviewed, and nothing of what was stopped."""
