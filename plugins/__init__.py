"""Mini-apps: the registry, the opening of one, the gateway to its backend, and what the backend may do in turn."""
