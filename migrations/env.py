"""Alembic's environment: one connection, one version table, autogenerate filtered to one package's schema when asked."""

from alembic import context
from sqlalchemy import Connection

from migrations.metadata import PACKAGES

config = context.config
package: str | None = config.attributes.get("package")
connection: Connection = config.attributes["connection"]


def belongs(name: str | None, kind: str, _parents: object) -> bool:
    if kind == "schema":
        return name == package if package else name in PACKAGES
    # The queue's tables are pgqueuer's own; the migration that installs them runs its DDL.
    return not (kind == "table" and name and name.startswith("pgqueuer"))


context.configure(
    connection=connection,
    target_metadata=[PACKAGES[package]] if package else list(PACKAGES.values()),
    version_table="schema_version",
    version_table_schema="public",
    include_schemas=True,
    include_name=belongs,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
