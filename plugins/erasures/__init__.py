"""What apps were told to erase, and whether they did."""
