"""Templates that come from outside the house, kept as rows."""

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from notifications.preferences.categories import Category
from notifications.templates import service
from notifications.templates.rendering import Template


async def ensure_template(session: AsyncSession, key: str, category: Category | str, title: Text, body: Text) -> None:
    """Keeps the template `<app_id>/<name>` as given, now and for messages already in inboxes. Raises ValueError on another kind of key."""
    await service.ensure(session, Template(key, Category(category), title, body))
