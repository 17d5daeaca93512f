"""What a person may ask of whoever keeps their data, with the law's clocks: see it, take it away, have it mended, erased or left alone."""
