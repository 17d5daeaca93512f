"""The way from a mini-app's page to its backend."""
