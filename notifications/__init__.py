"""Telling people: the inbox is the source of truth, and every other channel only points at it."""
