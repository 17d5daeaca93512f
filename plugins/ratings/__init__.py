"""What verified residents think of apps they used."""
