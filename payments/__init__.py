"""Money: what is owed, how it is asked for, what was paid, and the receipt for it."""
