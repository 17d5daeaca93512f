"""Which version of an app a person is given: the whitelist first, then the canary's share, then what is live."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.gateway import AppStatus
from hanoismart.text import Text
from identity.api import levels, places
from identity.api.tokens import pairwise
from plugins.registry.live import LiveApp, live_app
from plugins.registry.models import SERVED, MiniApp, Version, VersionState
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.rollout import kills as switches
from plugins.rollout.models import Whitelisted

BUCKETS: Final = 10_000


def bucket(app_id: str, version_code: int, sub: str) -> int:
    """A person's place in a version's draw, 0 to 9,999: always the same, and another one for the next version."""
    drawn = hmac.new(f"{app_id}:{version_code}".encode(), sub.encode(), sha256).digest()
    return int.from_bytes(drawn, "big") % BUCKETS


@dataclass(frozen=True, slots=True)
class Choices:
    """All versions of an app that are served to somebody."""

    app: LiveApp | None
    canary: tuple[LiveApp, int] | None
    whitelist: tuple[tuple[LiveApp, frozenset[str]], ...]

    def pick(self, sub: str | None) -> LiveApp | None:
        """The version for whom the app knows as `sub`; None where nothing is served to them."""
        if sub is not None:
            for version, subs in self.whitelist:
                if sub in subs:
                    return version
            if self.canary is not None:
                version, percent = self.canary
                if bucket(version.app_id, version.version_code, sub) < percent * BUCKETS // 100:
                    return version
        return self.app

    @property
    def any(self) -> LiveApp | None:
        """Some version, for what all versions share: sector, status, epoch, switches."""
        return next(iter(self.all), None)

    @property
    def all(self) -> tuple[LiveApp, ...]:
        """Every version somebody is given, the live one first."""
        tried = (None if self.canary is None else self.canary[0], *(version for version, _ in self.whitelist))
        return tuple(one for one in (self.app, *tried) if one is not None)

    @property
    def going(self) -> LiveApp | None:
        """A version that no switch stops for everybody; None where the app as a whole stands still."""
        return next((one for one in self.all if one.kills.hit(version_code=one.version_code) is None), None)

    @property
    def same_for_all(self) -> bool:
        return self.canary is None and not self.whitelist


async def choices(session: AsyncSession, app_id: str) -> Choices | None:
    """Everything needed to choose without a further query; None where no version is served to anybody."""
    statement = select(MiniApp, Version).join(Version, Version.app_id == MiniApp.app_id)
    rows = (await session.execute(statement.where(MiniApp.app_id == app_id, Version.state.in_(SERVED)))).all()
    if not rows:
        return None
    kills = await switches.standing(session, app_id)
    held = {version.state: live_app(app, version, kills) for app, version in rows if version.state is not VersionState.WHITELIST}
    canary = next((version for _, version in rows if version.state is VersionState.CANARY), None)
    trying = {version.id: live_app(app, version, kills) for app, version in rows if version.state is VersionState.WHITELIST}
    return Choices(
        app=held.get(VersionState.LIVE),
        canary=None if canary is None else (held[VersionState.CANARY], canary.canary_percent or 0),
        whitelist=await _whitelist(session, trying),
    )


async def _whitelist(session: AsyncSession, trying: dict[UUID, LiveApp]) -> tuple[tuple[LiveApp, frozenset[str]], ...]:
    if not trying:
        return ()
    subs: dict[UUID, set[str]] = {version_id: set() for version_id in trying}
    found = select(Whitelisted.version_id, Whitelisted.sub).where(Whitelisted.version_id.in_(trying))
    for version_id, sub in (await session.execute(found)).all():
        subs[version_id].add(sub)
    newest_first = sorted(trying, key=lambda one: -trying[one].version_code)
    return tuple((trying[version_id], frozenset(subs[version_id])) for version_id in newest_first)


async def served(session: AsyncSession, app_id: str, *, sub: str | None = None, person_id: UUID | None = None) -> LiveApp:
    """The version for a person (for nobody in particular where neither is given), if the app may run.

    Raises AppSuspended with its reason where the app is suspended or a switch stops it, else AppNotFound.
    """
    found = await choices(session, app_id)
    some = found.any if found is not None else None
    if found is None or some is None:
        raise AppNotFound
    if some.status in {AppStatus.SUSPENDED, AppStatus.TERMINATED}:
        raise AppSuspended(some.reason)
    if some.status is not AppStatus.PUBLISHED:
        raise AppNotFound
    if sub is None and person_id is not None and not found.same_for_all:
        sub = await pairwise(session, person_id, some.sector)
    chosen = found.pick(sub)
    if chosen is None:
        raise AppNotFound
    ward = await ward_of(session, person_id) if person_id is not None and chosen.kills.asks_ward else None
    stopped: Text | None = chosen.kills.hit(version_code=chosen.version_code, ward=ward)
    if stopped is not None:
        raise AppSuspended(stopped)
    return chosen


async def ward_of(session: AsyncSession, person_id: UUID) -> str | None:
    """The code of the ward where a person's residence is attested."""
    unit_id = await levels.residence(session, person_id)
    return None if unit_id is None else (await places.unit(session, unit_id)).code


async def running(session: AsyncSession, app_id: str) -> LiveApp:
    """The app for its own backend, as long as one of its versions is not stopped. Raises AppSuspended, AppNotFound."""
    found = await choices(session, app_id)
    some = found.any if found is not None else None
    if found is None or some is None or some.status in {AppStatus.DRAFT, AppStatus.UNPUBLISHED}:
        raise AppNotFound
    if some.status is not AppStatus.PUBLISHED:
        raise AppSuspended(some.reason)
    if found.going is None:
        raise AppSuspended(some.kills.hit(version_code=some.version_code))
    return found.going
