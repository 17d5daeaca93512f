"""Whom a person follows, and whom they do not want to meet."""
