"""The short way of the busiest OAuth endpoints: one statement where nothing is unusual; all else goes the long way."""
