"""Which versions of an app still work: told to the app itself, so that it can ask its person to update, or insist."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.clients.models import AppRelease

VERSION: Final = re.compile(r"^\d{1,5}(\.\d{1,5}){0,3}$")


class Update(StrEnum):
    """What an app of some version should do."""

    NONE = "none"
    OFFERED = "offered"
    REQUIRED = "required"


class ReleaseNotFound(Problem):
    code = "clients.release_not_found"
    status = 404
    title = Text(vi="Chưa có thông tin phiên bản cho ứng dụng này", en="Nothing is known of versions of this app")


class VersionRefused(Problem):
    code = "clients.version_refused"
    status = 422
    title = Text(vi="Phiên bản gồm một đến bốn số, cách nhau bằng dấu chấm", en="A version is one to four numbers with dots between")


@dataclass(frozen=True, slots=True)
class Release:
    """`minimum` is the oldest version that works, `message` what a person is told who must update."""

    client_id: str
    platform: str
    minimum: str
    latest: str
    store_url: str
    message: Text


def _number(version: str) -> tuple[int, ...]:
    if not VERSION.match(version):
        raise VersionRefused
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (4 - len(parts)))


async def publish(session: AsyncSession, release: Release) -> None:
    """Say from now on which versions work. Raises VersionRefused, also where the minimum lies above the latest."""
    if _number(release.minimum) > _number(release.latest):
        raise VersionRefused
    values = {
        "minimum": release.minimum,
        "latest": release.latest,
        "store_url": release.store_url,
        "message_vi": release.message.vi,
        "message_en": release.message.en,
        "updated_at": now(),
    }
    row = insert(AppRelease).values(client_id=release.client_id, platform=release.platform, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[AppRelease.client_id, AppRelease.platform], set_=values))


async def release_of(session: AsyncSession, client_id: str, platform: str) -> Release:
    """Raises ReleaseNotFound."""
    row = await session.get(AppRelease, (client_id, platform))
    if row is None:
        raise ReleaseNotFound
    return Release(client_id, platform, row.minimum, row.latest, row.store_url, Text(vi=row.message_vi, en=row.message_en))


def update_for(release: Release, version: str) -> Update:
    """What an app of `version` should do. Raises VersionRefused."""
    held = _number(version)
    if held < _number(release.minimum):
        return Update.REQUIRED
    return Update.OFFERED if held < _number(release.latest) else Update.NONE
