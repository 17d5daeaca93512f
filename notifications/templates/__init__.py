"""What a message says, in both languages, kept apart from when and to whom it is said."""
