"""DDL that several packages' migrations share: a schema of their own, and tables whose rows are only appended."""

from alembic import op


def create_schema(name: str) -> None:
    op.execute(f'CREATE SCHEMA IF NOT EXISTS "{name}"')


def drop_schema(name: str) -> None:
    op.execute(f'DROP SCHEMA "{name}"')


def append_only(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on `schema.table`, whoever asks."""
    trigger = table.replace(".", "_")
    op.execute(
        f"CREATE TRIGGER {trigger}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION kernel.append_only()"
    )
    op.execute(f"CREATE TRIGGER {trigger}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION kernel.append_only()")


def create_append_only_function() -> None:
    op.execute("""
CREATE FUNCTION kernel.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% are appended, never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$
""")


def drop_append_only_function() -> None:
    op.execute("DROP FUNCTION kernel.append_only()")
