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


def widen(table: str, constraint: str, column: str, *words: str) -> None:
    """Let a text column with a list of words take further ones, whatever else was added to the list meanwhile."""
    _reword(table, constraint, column, "UNION", words)


def narrow(table: str, constraint: str, column: str, *words: str) -> None:
    """Take words out of such a list again; rows that use one must be gone."""
    _reword(table, constraint, column, "EXCEPT", words)


def _reword(table: str, constraint: str, column: str, how: str, words: tuple[str, ...]) -> None:
    given = ", ".join(f"'{word}'" for word in words)
    op.execute(f"""
DO $$
DECLARE listed text;
BEGIN
  SELECT string_agg(quote_literal(word), ', ') INTO listed FROM (
    SELECT (regexp_matches(pg_get_constraintdef(oid), $re$'([^']*)'$re$, 'g'))[1] AS word FROM pg_constraint
    WHERE conrelid = '{table}'::regclass AND conname = '{constraint}'
    {how} SELECT unnest(ARRAY[{given}])
  ) AS found;
  EXECUTE 'ALTER TABLE {table} DROP CONSTRAINT {constraint}';
  EXECUTE 'ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({column} IN (' || listed || '))';
END $$
""")  # noqa: S608 (names and words of our own migrations)
