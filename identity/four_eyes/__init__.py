"""What one officer alone may not do: proposed by one person, approved and carried out by another."""
