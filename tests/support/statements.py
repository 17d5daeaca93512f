"""What sessions say to a database while a block runs, for tests that count it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from hanoismart.server.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement of SQLAlchemy's, in order; what goes to asyncpg directly is not among them."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
