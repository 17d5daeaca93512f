"""What the hub tells backends, signed and repeated until it is heard."""
