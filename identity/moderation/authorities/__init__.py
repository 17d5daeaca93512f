"""What authorities demand, by telephone, paper or wire, and the 24 hours the decree gives for it."""
