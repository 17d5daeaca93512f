"""The command `hs`: from an empty folder to a live mini-app, with only the wheel installed."""
