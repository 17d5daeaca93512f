"""Decides in the caller's transaction who is told and on which channels."""
