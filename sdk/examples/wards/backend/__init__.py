"""The backend of the example "My ward"."""
