"""Migrations of the payments schema."""
