"""The way up, down and up again, with people in the house."""
