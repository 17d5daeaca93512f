"""Migrations of the notifications schema."""
