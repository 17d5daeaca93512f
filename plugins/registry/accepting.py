"""Puts our signature under a version and the version into the log: from then on the world can hold us to it."""

from hashlib import sha256
from uuid import UUID

import rfc8785
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import package
from hanoismart.clock import now
from plugins.keys import signing_key
from plugins.log import service as log
from plugins.registry.models import SERVED, MiniApp, Version, VersionState
from plugins.registry.states import show
from plugins.settings import settings

POLICY = "1"
"""The version of the review rules (docs/mini-apps/review-rules.md)."""
OPERATOR = "operator"
"""The decision of whoever runs the installation, for first-party apps."""


async def accept(session: AsyncSession, version: Version, *, decision: UUID | str) -> None:
    """Countersign a version and append it to the log; one that is accepted already stays as it is."""
    if version.registry_jws is not None or version.files_json is None:
        return
    said = package.Countersignature(
        app_id=version.app_id,
        version_code=version.code,
        digest=package.digest_of(version.files_json),
        environment=settings().registry_environment,
        decision=str(decision),
        policy=POLICY,
        at=now().replace(microsecond=0),
    )
    version.registry_jws = package.countersign(said, await signing_key(session))
    await session.flush()
    await log.append(session, version, decision=str(decision))


async def accept_older(session: AsyncSession) -> int:
    """Countersign what an operator installed before there were signatures, and write missing cards; how many versions were signed."""
    found = select(Version).where(Version.registry_jws.is_(None), Version.state.in_({*SERVED, VersionState.PREVIOUS}))
    older = list(await session.scalars(found.order_by(Version.created_at)))
    for version in older:
        describe(version)
        await accept(session, version, decision=OPERATOR)
    bare = select(Version).join(MiniApp, MiniApp.app_id == Version.app_id)
    for version in await session.scalars(bare.where(Version.state == VersionState.LIVE, MiniApp.card_vi.is_(None))):
        await show(session, version)
    return len(older)


def describe(version: Version) -> None:
    """Give a version that came without a package the list of its one file: the manifest."""
    held = {"manifest.json": rfc8785.dumps(version.manifest)}
    version.files_json = package.files_json_of(version.app_id, version.code, held)
    version.digest = sha256(version.files_json).digest()
