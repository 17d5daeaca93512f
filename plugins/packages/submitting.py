"""Takes a signed package as a version of an app: read and verified at once, looked through by a job, then by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import package
from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.package import Package, PackageRefused, SignatureRefused
from kernel import uploads
from kernel.blobs import Blobs
from kernel.jobs import jobs
from kernel.pool import Pool
from plugins.developers import keys
from plugins.packages import pacing
from plugins.packages.problems import OtherApp, PackageNotAccepted, SignatureNotAccepted, TooManySubmissions
from plugins.registry import states
from plugins.registry.models import MiniApp, PlacementKind, Version, VersionState
from plugins.registry.problems import VersionAltered, VersionNotRising
from plugins.review.closing import close_round
from plugins.settings import settings
from plugins.uploads import PACKAGE

CHECK: Final = "plugins.check_version"
WAITING: Final = frozenset({VersionState.SUBMITTED, VersionState.IN_REVIEW})
MOST_WAITING: Final = 10
_pool = Pool("package", workers=1, waiting=8)
"""Unpacking keeps a processor busy: one thread does it, and a ninth upload at once is told to come again."""


@dataclass(frozen=True, slots=True)
class Submission:
    """`supersede`: versions of this app that still wait are withdrawn."""

    upload_id: UUID
    by: UUID
    notes: str | None = None
    supersede: bool = False


async def unpacked(blobs: Blobs, key: str) -> Package:
    """The package that was uploaded; no transaction may be open. Raises PackageNotAccepted."""
    source = await blobs.get(key)
    try:
        return await _pool.run(lambda: package.read(source))
    except PackageRefused as refused:
        raise PackageNotAccepted.because(refused.findings) from refused


async def submit(session: AsyncSession, app: MiniApp, found: Package, given: Submission) -> Version:
    """Keep a package as a version that waits for its checks; the same package again is the same version.

    Raises OtherApp, SignatureNotAccepted, VersionAltered, VersionNotRising, SubmissionsSpent, TooManySubmissions, and what uploads refuse.
    """
    if found.manifest.app_id != app.app_id:
        raise OtherApp(app_id=found.manifest.app_id)
    kid = await _signed_by(session, app, found)
    await session.get(MiniApp, app.app_id, with_for_update=True)
    newest = await session.scalar(select(Version).where(Version.app_id == app.app_id).order_by(Version.code.desc()).limit(1))
    if newest is not None and newest.code >= found.manifest.version.code:
        return await _known(session, app, found)
    await pacing.room(session, app.app_id)
    waiting = list(await session.scalars(select(Version).where(Version.app_id == app.app_id, Version.state.in_(WAITING))))
    if given.supersede:
        await withdraw(session, waiting, by=given.by)
    elif len(waiting) >= MOST_WAITING:
        raise TooManySubmissions
    taken = await uploads.take(session, given.upload_id, given.by, PACKAGE.name)
    version = _version(app, found, kid, given, taken)
    session.add(version)
    await session.flush()
    await states.move(session, version, VersionState.SUBMITTED, actor=f"person:{given.by}")
    await jobs.enqueue(session, CHECK, {"version_id": str(version.id)}, dedupe=str(version.id))
    return version


async def withdraw(session: AsyncSession, versions: Sequence[Version], *, by: UUID) -> None:
    """Take versions back that wait for an answer. Raises StepImpossible."""
    for version in versions:
        await close_round(session, version.id)  # before the version, as whoever decides about it: two at once wait in one line
        await states.move(session, version, VersionState.DRAFT, actor=f"person:{by}")
        await close_round(session, version.id)  # one the checks opened meanwhile


async def _signed_by(session: AsyncSession, app: MiniApp, found: Package) -> str:
    try:
        return package.verify(found, await keys.in_force(session, app.organisation_id), settings().registry_environment)
    except SignatureRefused as refused:
        raise SignatureNotAccepted(step=refused.step, environment=settings().registry_environment) from refused


async def _known(session: AsyncSession, app: MiniApp, found: Package) -> Version:
    same = select(Version).where(Version.app_id == app.app_id, Version.code == found.manifest.version.code)
    version = await session.scalar(same)
    if version is None:
        highest = await session.scalar(select(func.max(Version.code)).where(Version.app_id == app.app_id))
        raise VersionNotRising(highest=highest)
    if version.files_json != found.files_json:
        raise VersionAltered(digest=f"sha256-{version.digest.hex()}")
    return version


def _version(app: MiniApp, found: Package, kid: str, given: Submission, taken: uploads.Finished) -> Version:
    manifest, backend = found.manifest, found.manifest.hs.backend
    openapi: dict[str, Any] | None = None
    if backend is not None and backend.openapi is not None:
        openapi = package.openapi(found.files, backend.openapi)
    return Version(
        id=new_id(),
        app_id=app.app_id,
        code=manifest.version.code,
        name=manifest.version.name,
        manifest=dict(found.document),
        digest=bytes.fromhex(found.digest.removeprefix("sha256-")),
        files_json=found.files_json,
        kid=kid,
        developer_jws=found.signature,
        state=VersionState.DRAFT,
        state_since=now(),
        placement=PlacementKind.HTTP,
        address=app.backend_url or (backend.base_url if backend is not None and backend.base_url else ""),
        openapi=openapi,
        package_key=taken.key,
        package_size=taken.size,
        scanned=taken.scanned,
        notes=given.notes,
        submitted_by=given.by,
    )
