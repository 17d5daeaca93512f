"""When data got where it should not be: the record, the 72-hour clock, and who was told."""
