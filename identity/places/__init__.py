"""The city's places: its administrative units, each with the time it was valid."""
