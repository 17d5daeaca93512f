"""Keeps the files of a package in the blob store, each under its digest, and gives them back only unaltered."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import pages
from hanoismart.package import Package
from kernel.blobs import Blobs
from plugins.packages.models import PackageFile
from plugins.registry.models import Version


@dataclass(frozen=True, slots=True)
class Stored:
    """Files that lie in the blob store; `sizes` by path with their digest."""

    files_json: bytes
    sizes: Mapping[str, tuple[bytes, int]]


def key_of(digest: bytes) -> str:
    """The blob's key."""
    return f"packages/{digest.hex()}"


async def keep(blobs: Blobs, package: Package) -> Stored:
    """Put every file of a package into the blob store; the same file is kept once, whoever brings it. No transaction may be open."""
    sizes: dict[str, tuple[bytes, int]] = {}
    for path, content in package.files.items():
        digest = sha256(content).digest()
        if digest not in {known for known, _ in sizes.values()}:
            await blobs.put(key_of(digest), content)
        sizes[path] = (digest, len(content))
    return Stored(package.files_json, sizes)


async def attach(session: AsyncSession, version: Version, stored: Stored) -> None:
    """Say in the caller's transaction which files a version has."""
    session.add_all(
        PackageFile(
            version_id=version.id, path=path, digest=digest, size=size, media_type=pages.media_type(path) or "application/octet-stream"
        )
        for path, (digest, size) in stored.sizes.items()
    )
    await session.flush()


async def files(session: AsyncSession, version: Version) -> list[PackageFile]:
    """The files of a version by path."""
    return list(await session.scalars(select(PackageFile).where(PackageFile.version_id == version.id).order_by(PackageFile.path)))
