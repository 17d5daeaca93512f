"""What a submitted version changes against the one people have: scopes, policy, members and bytes."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.manifest import Manifest, newly_asked
from plugins.packages import storing
from plugins.registry.live import manifest_of
from plugins.registry.models import Version, VersionState
from plugins.rollout import pointers


async def since_live(session: AsyncSession, version: Version) -> dict[str, Any]:
    """The differences; against nothing where no version is live."""
    live = await pointers.at(session, version.app_id, VersionState.LIVE)
    new = manifest_of(version.manifest)
    old = None if live is None else manifest_of(live.manifest)
    mine = {one.path: one.digest for one in await storing.files(session, version)}
    theirs = {one.path: one.digest for one in await storing.files(session, live)} if live is not None else {}
    return {
        "live": None if live is None else live.code,
        "asked": sorted(newly_asked(old, new)) if old is not None else sorted(new.scope_names | new.permission_names),
        "no_longer_asked": sorted((old.scope_names | old.permission_names) - (new.scope_names | new.permission_names)) if old else [],
        "csp": _policy(old, new),
        "members": _members({} if live is None else live.manifest, version.manifest),
        "files": {
            "added": sorted(mine.keys() - theirs.keys()),
            "removed": sorted(theirs.keys() - mine.keys()),
            "changed": sorted(path for path in mine.keys() & theirs.keys() if mine[path] != theirs[path]),
        },
    }


def _policy(old: Manifest | None, new: Manifest) -> dict[str, list[str]]:
    before = set() if old is None else {*old.hs.csp.connect, *old.hs.csp.img, *old.hs.csp.font}
    after = {*new.hs.csp.connect, *new.hs.csp.img, *new.hs.csp.font}
    return {"added": sorted(after - before), "removed": sorted(before - after)}


def _members(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> list[str]:
    """The JSON pointers of members that differ; objects are looked into."""
    found: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        before, after, place = old.get(name), new.get(name), f"{prefix}/{name}"
        if isinstance(before, dict) and isinstance(after, dict):
            found += _members(before, after, place)
        elif before != after:
            found.append(place)
    return found
