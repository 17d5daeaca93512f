"""First-party city services; each imports `hanoismart` and its own files only."""
