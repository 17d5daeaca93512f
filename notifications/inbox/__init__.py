"""Each person's own list of messages, numbered without a step back."""
