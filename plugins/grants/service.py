"""Counts what a person allowed to be told once, and takes it off when it is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from plugins.grants.models import MOST, NotificationGrant
from plugins.registry import serving
from plugins.registry.models import OpenedApp
from plugins.storage.service import NeverOpened


class TemplateNotAsked(Problem):
    code = "miniapps.template_unknown"
    status = 422
    title = Text(vi="Ứng dụng không có mẫu thông báo này", en="The app has no such notification template")


async def give(session: AsyncSession, app_id: str, person_id: UUID, templates: Sequence[str]) -> list[str]:
    """One send of each template; the templates that gained one (a template with 20 open gains none).

    Raises AppNotFound, AppSuspended, NeverOpened, TemplateNotAsked for what the manifest of the version the person runs does not name.
    """
    app = await serving.served(session, app_id, person_id=person_id)
    known = {one.template for one in app.manifest.hs.notifications}
    if strange := sorted(set(templates) - known):
        raise TemplateNotAsked(templates=strange)
    # The removal of the app waits for this row, or this for it: nothing is given to an app that was taken away.
    locked = select(OpenedApp.app_id).where(OpenedApp.person_id == person_id, OpenedApp.app_id == app_id).with_for_update()
    if await session.scalar(locked) is None:
        raise NeverOpened
    return [one for one in dict.fromkeys(templates) if await _add(session, app_id, person_id, one)]


async def _add(session: AsyncSession, app_id: str, person_id: UUID, template: str) -> bool:
    row = insert(NotificationGrant).values(person_id=person_id, app_id=app_id, template=template, open=1, given_at=now())
    index = [NotificationGrant.person_id, NotificationGrant.app_id, NotificationGrant.template]
    more = {"open": NotificationGrant.open + 1, "given_at": row.excluded.given_at}
    merged = row.on_conflict_do_update(index_elements=index, set_=more, where=NotificationGrant.open < MOST)
    return await session.scalar(merged.returning(NotificationGrant.template)) is not None


async def take(session: AsyncSession, app_id: str, person_id: UUID, template: str) -> bool:
    """Use up one grant; False where none is open. Of two at once for the last one, the second gets False."""
    one = (*_of(person_id, app_id), NotificationGrant.template == template, NotificationGrant.open > 0)
    used = update(NotificationGrant).where(*one).values(open=NotificationGrant.open - 1)
    return await session.scalar(used.returning(NotificationGrant.template)) is not None


async def opened(session: AsyncSession, app_id: str, person_id: UUID) -> Sequence[NotificationGrant]:
    """What is open, by template."""
    found = select(NotificationGrant).where(*_of(person_id, app_id), NotificationGrant.open > 0)
    return (await session.scalars(found.order_by(NotificationGrant.template))).all()


async def erase(session: AsyncSession, person_id: UUID, *, app_id: str | None = None, template: str | None = None) -> None:
    """Take back what was given to every app, to one, or for one of its templates."""
    more = [] if template is None else [NotificationGrant.template == template]
    await session.execute(delete(NotificationGrant).where(*_of(person_id, app_id), *more))


async def export(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    """Everything a person gave and nobody used yet."""
    rows = select(NotificationGrant.app_id, NotificationGrant.template, NotificationGrant.open, NotificationGrant.given_at)
    found = rows.where(NotificationGrant.person_id == person_id, NotificationGrant.open > 0)
    return [dict(row) for row in (await session.execute(found.order_by(NotificationGrant.app_id, NotificationGrant.template))).mappings()]


def _of(person_id: UUID, app_id: str | None) -> list[Any]:
    mine = [NotificationGrant.person_id == person_id]
    return mine if app_id is None else [*mine, NotificationGrant.app_id == app_id]
