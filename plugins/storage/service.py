"""Keeps and gives back what an app stores for one person: a megabyte for each, whoever writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from plugins.registry.models import OpenedApp
from plugins.storage.models import StoredValue

LIMIT: Final = 1024 * 1024  # bytes per app and person, keys and values together
VALUE_LIMIT: Final = 64 * 1024  # bytes of one value's JSON
KEY_LIMIT: Final = 128  # characters


class StorageFull(Problem):
    code = "miniapps.storage_full"
    status = 413
    title = Text(vi="Bộ nhớ của ứng dụng đã đầy", en="The app's storage is full")


class ValueTooLarge(Problem):
    code = "miniapps.storage_value_too_large"
    status = 413
    title = Text(vi="Giá trị vượt quá 64 KB", en="The value is larger than 64 KB")


class ValueRefused(Problem):
    code = "miniapps.storage_value_refused"
    status = 422
    title = Text(vi="Giá trị chứa ký tự không lưu được", en="The value holds characters that cannot be kept")


class KeyNotFound(Problem):
    code = "miniapps.storage_key_not_found"
    status = 404
    title = Text(vi="Không có khóa này", en="There is no such key")


class NeverOpened(Problem):
    code = "miniapps.never_opened"
    status = 409
    title = Text(vi="Người dùng chưa mở ứng dụng này", en="The person has not opened this app")


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept: the keys in order, the bytes they and their values take, and how many there may be."""

    keys: list[str]
    size: int
    limit: int = LIMIT


async def read(session: AsyncSession, app_id: str, person_id: UUID, keys: Iterable[str]) -> dict[str, Any]:
    """The values that are there."""
    found = select(StoredValue.key, StoredValue.value).where(*_of(app_id, person_id), StoredValue.key.in_(list(keys)))
    return {key: orjson.loads(value) for key, value in await session.execute(found)}


async def info(session: AsyncSession, app_id: str, person_id: UUID) -> Held:
    rows = await session.execute(select(StoredValue.key, StoredValue.size).where(*_of(app_id, person_id)).order_by(StoredValue.key))
    listed = [(key, size) for key, size in rows]
    return Held([key for key, _ in listed], sum(size for _, size in listed))


async def write(session: AsyncSession, app_id: str, person_id: UUID, entries: Mapping[str, Any]) -> int:
    """Keep all of the entries or none; the bytes that are used then.

    Raises NeverOpened, ValueTooLarge, ValueRefused, StorageFull.
    """
    rows = [_row(app_id, person_id, key, value) for key, value in entries.items()]
    # One writer at a time: two that each see room for their own would together overrun the limit.
    locked = select(OpenedApp.app_id).where(OpenedApp.person_id == person_id, OpenedApp.app_id == app_id).with_for_update()
    if await session.scalar(locked) is None:
        raise NeverOpened
    for row in rows:
        written = insert(StoredValue).values(row)
        kept = {name: written.excluded[name] for name in ("value", "size", "updated_at")}
        index = [StoredValue.person_id, StoredValue.app_id, StoredValue.key]
        await session.execute(written.on_conflict_do_update(index_elements=index, set_=kept))
    size = await _size(session, app_id, person_id)
    if size > LIMIT:
        raise StorageFull(limit=LIMIT)
    return size


async def remove(session: AsyncSession, app_id: str, person_id: UUID, keys: Iterable[str]) -> int:
    """Forget some keys; the bytes that are used then."""
    await session.execute(delete(StoredValue).where(*_of(app_id, person_id), StoredValue.key.in_(list(keys))))
    return await _size(session, app_id, person_id)


async def export(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    """Everything apps keep of a person here."""
    rows = select(StoredValue.app_id, StoredValue.key, StoredValue.value, StoredValue.updated_at).where(StoredValue.person_id == person_id)
    return [dict(row) for row in (await session.execute(rows.order_by(StoredValue.app_id, StoredValue.key))).mappings()]


async def erase(session: AsyncSession, person_id: UUID, *, app_id: str | None = None) -> None:
    """Forget what one app keeps of a person, or every app."""
    more = [] if app_id is None else [StoredValue.app_id == app_id]
    await session.execute(delete(StoredValue).where(StoredValue.person_id == person_id, *more))


def _of(app_id: str, person_id: UUID) -> tuple[Any, Any]:
    return StoredValue.person_id == person_id, StoredValue.app_id == app_id


def _row(app_id: str, person_id: UUID, key: str, value: Any) -> dict[str, Any]:
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError, RecursionError) as strange:  # half a surrogate pair, or nested beyond reason
        raise ValueRefused(key=key) from strange
    if len(text) > VALUE_LIMIT:
        raise ValueTooLarge(key=key, limit=VALUE_LIMIT)
    size = len(key.encode()) + len(text)
    return {"app_id": app_id, "person_id": person_id, "key": key, "value": text.decode(), "size": size, "updated_at": now()}


async def _size(session: AsyncSession, app_id: str, person_id: UUID) -> int:
    return await session.scalar(select(func.coalesce(func.sum(StoredValue.size), 0)).where(*_of(app_id, person_id))) or 0
