"""Finding posts with and without Vietnamese marks."""
