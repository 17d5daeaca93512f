"""Double-entry books: every movement has two sides, and no line is ever changed."""
