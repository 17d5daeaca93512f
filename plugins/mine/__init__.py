"""A person's own apps: what they opened and like, what they agreed to, and taking an app away with everything it holds."""
