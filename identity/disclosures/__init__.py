"""Who looked at my data: the only way to read sealed attributes, and the log that every reading leaves."""
