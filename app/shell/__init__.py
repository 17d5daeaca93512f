"""The web side of the house: a first page and the API documentation, from our own origin."""
