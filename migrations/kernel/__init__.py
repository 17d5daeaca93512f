"""Migrations of the kernel schema."""
