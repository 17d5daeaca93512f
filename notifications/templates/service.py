"""Finds a template by its key: the house's own in code, those of mini-apps in the database."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from notifications.preferences.categories import Category
from notifications.templates.models import StoredTemplate
from notifications.templates.rendering import Template

_registered: dict[str, Template] = {}


class TemplateUnknown(Problem):
    code = "notifications.template_unknown"
    status = 422
    title = Text(vi="Không có mẫu thông báo này", en="There is no such notification template")


class TemplateIncomplete(Problem):
    code = "notifications.template_incomplete"
    status = 422
    title = Text(vi="Thiếu dữ liệu cho mẫu thông báo", en="The notification template lacks values")


def register(template: Template) -> Template:
    """Makes a template of the house known. Raises ValueError when the key is taken by another, or is a mini-app's."""
    if "/" in template.key or _registered.get(template.key, template) != template:
        raise ValueError(f"the template key {template.key} is not free")
    _registered[template.key] = template
    return template


async def ensure(session: AsyncSession, template: Template) -> None:
    """Keeps a mini-app's template, `<app_id>/<name>`, as it is now. Raises ValueError for a key of the house."""
    if "/" not in template.key:
        raise ValueError(f"{template.key} is not a mini-app's template key")
    values = {
        "category": template.category,
        "title_vi": template.title.vi,
        "title_en": template.title.en,
        "body_vi": template.body.vi,
        "body_en": template.body.en,
        "changed_at": now(),
    }
    row = insert(StoredTemplate).values(key=template.key, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["key"], set_=values))


async def find(session: AsyncSession, keys: set[str]) -> dict[str, Template]:
    """The templates of these keys that exist."""
    found = {key: _registered[key] for key in keys if key in _registered}
    if keys - set(found):
        rows = await session.scalars(select(StoredTemplate).where(StoredTemplate.key.in_(keys - set(found))))
        found |= {row.key: _plain(row) for row in rows}
    return found


async def template(session: AsyncSession, key: str) -> Template:
    """Raises TemplateUnknown."""
    found = await find(session, {key})
    if key not in found:
        raise TemplateUnknown
    return found[key]


def _plain(row: StoredTemplate) -> Template:
    return Template(row.key, Category(row.category), Text(row.title_vi, row.title_en), Text(row.body_vi, row.body_en))
