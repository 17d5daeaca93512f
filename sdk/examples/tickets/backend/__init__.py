"""The backend of the example "Event tickets"."""
