"""Acting for others: organisations, wards, and whoever gave a power of attorney; each for a time, and not a moment longer."""
