"""Which mini-apps there are, in which version, and who opened them."""
