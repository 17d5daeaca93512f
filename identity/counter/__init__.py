"""The counter: the way to an account for whoever has no telephone that reads chips, by two officers and without any image."""
