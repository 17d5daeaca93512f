"""Appends accepted versions to the log, and proves what stands in it."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import transparency
from hanoismart.clock import now
from hanoismart.transparency import Checkpoint, Node
from kernel.settings import settings
from plugins.keys import signing_key
from plugins.log.models import LogLeaf, LogNode
from plugins.log.problems import ProofImpossible
from plugins.registry.models import Version

_LOCK = 0x4853_4C4F  # one leaf at a time


async def append(session: AsyncSession, version: Version, *, decision: str) -> int:
    """The position of the leaf of an accepted version, written once; the hashes above it are written where a subtree became complete."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    there = await session.scalar(select(LogLeaf.position).where(LogLeaf.version_id == version.id))
    if there is not None:
        return there
    position, at = await size(session), now().replace(microsecond=0)
    entry = rfc8785.dumps(
        {
            "app_id": version.app_id,
            "version_code": version.code,
            "digest": f"sha256-{version.digest.hex()}",
            "kid": version.kid,
            "decision": decision,
            "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
    )
    session.add(LogLeaf(position=position, version_id=version.id, entry=entry, at=at))
    level, place, hashed = 0, position, transparency.leaf_hash(entry)
    session.add(LogNode(level=level, place=place, hash=hashed))
    await session.flush()
    while place & 1:
        left = await session.get_one(LogNode, (level, place - 1))
        level, place, hashed = level + 1, place >> 1, transparency.node_hash(left.hash, hashed)
        session.add(LogNode(level=level, place=place, hash=hashed))
        await session.flush()
    return position


async def size(session: AsyncSession) -> int:
    """How many leaves there are."""
    newest = await session.scalar(select(func.max(LogLeaf.position)))
    return 0 if newest is None else newest + 1


async def checkpoint(session: AsyncSession) -> tuple[Checkpoint, str]:
    """The log as it stands, and our signature over it."""
    leaves = await size(session)
    held = await _hashes(session, transparency.root_nodes(leaves))
    said = Checkpoint(settings().public_url, leaves, transparency.root(leaves, held.__getitem__), now().replace(microsecond=0))
    return said, said.signed(await signing_key(session))


async def inclusion(session: AsyncSession, position: int, leaves: int) -> list[bytes]:
    """The audit path of a leaf in the tree of `leaves`. Raises ProofImpossible."""
    if not 0 <= position < leaves <= await size(session):
        raise ProofImpossible
    path = transparency.inclusion_path(position, leaves)
    held = await _hashes(session, (node for nodes in path for node in nodes))
    return transparency.proof(path, held.__getitem__)


async def consistency(session: AsyncSession, first: int, second: int) -> list[bytes]:
    """The proof that nothing was rewritten between two sizes. Raises ProofImpossible."""
    if not 0 < first <= second <= await size(session):
        raise ProofImpossible
    path = transparency.consistency_path(first, second)
    held = await _hashes(session, (node for nodes in path for node in nodes))
    return transparency.proof(path, held.__getitem__)


async def leaf_of(session: AsyncSession, app_id: str, version_code: int) -> LogLeaf | None:
    """The leaf of a version, if it was accepted."""
    found = select(LogLeaf).join(Version, Version.id == LogLeaf.version_id)
    return await session.scalar(found.where(Version.app_id == app_id, Version.code == version_code))


async def _hashes(session: AsyncSession, nodes: Iterable[Node]) -> dict[Node, bytes]:
    wanted = list(dict.fromkeys(nodes))
    if not wanted:
        return {}
    found = select(LogNode.level, LogNode.place, LogNode.hash).where(tuple_(LogNode.level, LogNode.place).in_(wanted))
    return {(level, place): hashed for level, place, hashed in (await session.execute(found)).all()}


async def countersignature(session: AsyncSession, version_id: UUID) -> str | None:
    """Our signature over the version's files.json."""
    return await session.scalar(select(Version.registry_jws).where(Version.id == version_id))


def entries() -> Any:
    return select(LogLeaf.position, LogLeaf.entry)
