"""What may be shown of a version: its files by path, if it is countersigned, served to anybody today, and not stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.gateway import AppStatus
from hanoismart.manifest import Manifest
from hanoismart.origins import label
from plugins.packages.models import PackageFile
from plugins.registry.live import manifest_of
from plugins.registry.models import SERVED, MiniApp, Version
from plugins.registry.serving import choices
from plugins.rollout.kills import standing


class Standing(StrEnum):
    """Why there is nothing to show: nobody knows the version, or it was stopped."""

    UNKNOWN = "unknown"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Shown:
    """A version's pages: `files` maps each path to the SHA-256 of its bytes."""

    app_id: str
    code: int
    version_id: UUID
    manifest: Manifest
    files: Mapping[str, bytes]


async def shown(session: AsyncSession, app_id: str, code: int) -> Shown | Standing:
    """The version, as far as anybody may see it now."""
    found = (
        await session.execute(select(MiniApp.status, Version).join(Version).where(MiniApp.app_id == app_id, Version.code == code))
    ).first()
    if found is None:
        return Standing.UNKNOWN
    status, version = found
    stopped = (await standing(session, app_id)).hit(version_code=code) is not None
    if status is not AppStatus.PUBLISHED or version.state not in SERVED or version.registry_jws is None or stopped:
        return Standing.GONE
    rows = await session.execute(select(PackageFile.path, PackageFile.digest).where(PackageFile.version_id == version.id))
    return Shown(app_id, code, version.id, manifest_of(version.manifest), {row.path: row.digest for row in rows})


async def live_code(session: AsyncSession, app_id: str) -> int | None:
    """The version everybody gets; None where there is none to get."""
    chosen = await choices(session, app_id)
    everybodys = None if chosen is None else chosen.pick(None)
    return None if everybodys is None or everybodys.status is not AppStatus.PUBLISHED else everybodys.version_code


async def labels(session: AsyncSession) -> dict[str, str]:
    """Every app by the label of its origin."""
    return {label(app_id): app_id for app_id in await session.scalars(select(MiniApp.app_id))}
