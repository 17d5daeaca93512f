"""Measures the house against yardsticks taken in the same run; prints ratios, never passes or fails."""
