"""What a person reads, gathered when it is read."""
