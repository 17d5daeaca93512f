"""The hub's migrations: one Alembic branch per package, all run together."""
