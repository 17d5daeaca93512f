"""The public face a person chooses to show beside the verified name."""
