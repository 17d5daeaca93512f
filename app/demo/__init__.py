"""The demo city: invented residents, the main story, and fake outside parties that speak the real protocols."""
