"""What a backend may do for people who agreed."""
