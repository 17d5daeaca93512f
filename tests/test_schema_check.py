"""The quick look at the schema says what Alembic would: nothing to do, or something."""

from sqlalchemy import text

from app.cli import schema
from hanoismart.server.database import Database


async def test_the_newest_schema_is_known_without_alembic(committed_db: Database) -> None:
    url = committed_db.url.render_as_string(hide_password=False)
    assert await schema.is_current(url)
    async with committed_db.transaction() as session:
        await session.execute(text("UPDATE public.schema_version SET version_num = 'identity_0001' WHERE version_num LIKE 'identity%'"))
    assert not await schema.is_current(url)


async def test_an_empty_database_is_not_current(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        await session.execute(text("DROP TABLE public.schema_version"))
    assert not await schema.is_current(committed_db.url.render_as_string(hide_password=False))
