"""Migrations of the identity schema."""
