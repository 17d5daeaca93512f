"""The facts notifications tells the floors above: none so far, for what happens to a message concerns its person alone."""
