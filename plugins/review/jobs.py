"""Looks through submitted versions, and tells the staff of reviews whose clock runs out."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import package
from hanoismart.clock import now
from hanoismart.package import Package
from hanoismart.server.jobs import Run
from identity.api import organisations
from kernel.blobs import BlobMissing, Blobs
from kernel.jobs import jobs
from plugins.packages import storing, submitting
from plugins.packages.problems import PackageNotAccepted
from plugins.registry import states
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.review import checks
from plugins.review.models import CheckReport
from plugins.review.opening import open_round
from plugins.rollout import pointers


@jobs.steps(submitting.CHECK, lane="transactional", max_attempts=10, concurrency=1)
async def check_version(run: Run) -> None:
    """Keep the files of a submitted version, and judge it; done once, safe to run again."""
    version_id, blobs = UUID(run.payload["version_id"]), run.resources["blobs"]
    async with run.database.transaction() as session:
        version = await session.get(Version, version_id)
        if version is None or version.state is not VersionState.SUBMITTED or version.package_key is None:
            return
        key = version.package_key
    try:
        found = await submitting.unpacked(blobs, key)
        stored = await storing.keep(blobs, found)
        kept_as = await _archive(blobs, key, found)
    except (BlobMissing, PackageNotAccepted):  # a day went by before anybody looked, or the rules became stricter: no further run helps
        async with run.database.transaction() as session:
            await _unreadable(session, version_id)
        return
    async with run.database.transaction() as session:
        await _judged(session, version_id, found, stored, kept_as)


async def _archive(blobs: Blobs, key: str, found: Package) -> str:
    """The package itself is kept as it came, under the name of its digest; uploads are forgotten after a day."""
    kept_as = f"packages/archives/{found.digest.removeprefix('sha256-')}.hsapp"
    if key != kept_as:
        await blobs.put(kept_as, await blobs.get(key))
    return kept_as


async def _unreadable(session: AsyncSession, version_id: UUID) -> None:
    version = await session.get_one(Version, version_id, with_for_update=True, populate_existing=True)
    if version.state is VersionState.SUBMITTED:
        report: dict[str, Any] = checks.UNREADABLE.report(version.app_id, version.code)
        session.add(CheckReport(version_id=version.id, passed=False, report=report, at=now()))
        await states.move(session, version, VersionState.AUTO_FAILED, actor="system:checks")


async def _judged(session: AsyncSession, version_id: UUID, found: Package, stored: storing.Stored, kept_as: str) -> None:
    version = await session.get_one(Version, version_id, with_for_update=True, populate_existing=True)
    if version.state is not VersionState.SUBMITTED or package.digest_of(version.files_json or b"") != found.digest:
        return
    app = await session.get_one(MiniApp, version.app_id)
    owner = await organisations.organisation(session, app.organisation_id)
    live = await pointers.at(session, version.app_id, VersionState.LIVE)
    asked_before = None if live is None else manifest_of(live.manifest)
    judged = await checks.judge(session, app, owner, found, asked_before, scanned=version.scanned)
    report: dict[str, Any] = judged.report(version.app_id, version.code)
    session.add(CheckReport(version_id=version.id, passed=judged.passed, report=report, at=now()))
    await storing.attach(session, version, stored)
    version.package_key = kept_as
    if not judged.passed:
        await states.move(session, version, VersionState.AUTO_FAILED, actor="system:checks")
        return
    await states.move(session, version, VersionState.IN_REVIEW, actor="system:checks")
    await open_round(session, version.id, found.manifest)
