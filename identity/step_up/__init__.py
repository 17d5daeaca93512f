"""Step-up: how strongly and how lately a person must have proved themselves before each kind of operation."""
