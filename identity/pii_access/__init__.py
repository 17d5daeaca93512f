"""Personal data for an officer: for one case, one purpose and fifteen minutes, and the person reads that it happened."""
