"""The hub: one verified account per person, and everything the city may ask of it."""
