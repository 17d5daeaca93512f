"""The live stream of a person's inbox, for as long as a screen is open."""
