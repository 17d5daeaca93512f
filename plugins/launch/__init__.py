"""Opening a mini-app: what it asks, what the person agreed to, and the notes that say who came."""
