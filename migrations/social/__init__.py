"""Migrations of the social schema."""
