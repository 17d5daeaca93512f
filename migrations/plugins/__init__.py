"""Migrations of the plugins schema."""
