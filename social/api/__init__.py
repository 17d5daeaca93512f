"""Social's door: groups for those who set up the city, and the words it has for events."""
