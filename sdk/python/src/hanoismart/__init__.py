"""The HanoiSmart SDK: what a mini-app and the hub must agree on, word for word."""

__version__ = "0.1.0"
