"""Places to talk: open ones, ones of an interest, and those of a ward's residents."""
