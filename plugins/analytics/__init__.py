"""What developers learn of how their apps are used: numbers of hours, never of people."""
