"""What is stopped right now, as a value that answers without a query."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from plugins.registry.models import Version, VersionState
from plugins.rollout.models import Kill

BACKEND = "gateway"
"""The method that stands for every call to an app's backend."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing that is stopped; None means any."""

    version_code: int | None
    method: str | None
    ward_code: str | None
    reason: Text


@dataclass(frozen=True, slots=True)
class Kills:
    """All switches that concern one app."""

    switches: tuple[Switch, ...] = ()

    def hit(self, *, version_code: int, method: str | None = None, ward: str | None = None) -> Text | None:
        """Why this may not run, or None. Without `method`: whether the app as a whole is stopped for this person."""
        for one in self.switches:
            if one.version_code not in {None, version_code} or one.method not in {None, method} or one.ward_code not in {None, ward}:
                continue
            return one.reason
        return None

    @property
    def methods(self) -> frozenset[str]:
        """Methods that some switch names, for the host to be told."""
        return frozenset(one.method for one in self.switches if one.method is not None)

    @property
    def asks_ward(self) -> bool:
        """Whether it matters where the person lives."""
        return any(one.ward_code is not None for one in self.switches)


def out_of_sight(app_id: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions on apps that stand still as a whole: by a switch for every app, for this one, or for the version everybody has.

    Two, so that the first is asked once and not for each app.
    """
    whole = (Kill.lifted_at.is_(None), Kill.method.is_(None), Kill.ward_code.is_(None))
    live = Version.state == literal_column(f"'{VersionState.LIVE.value}'")  # hot reads are compiled without values
    everybodys = exists().where(Version.app_id == Kill.app_id, Version.code == Kill.version_code, live)
    here = exists().where(Kill.app_id == app_id, *whole, or_(Kill.version_code.is_(None), everybodys.correlate(Kill)))
    return exists().where(Kill.app_id.is_(None), *whole), here


async def standing(session: AsyncSession, app_id: str) -> Kills:
    """The switches that stand for an app, those for every app among them."""
    found = select(Kill).where(Kill.lifted_at.is_(None), or_(Kill.app_id == app_id, Kill.app_id.is_(None))).order_by(Kill.at, Kill.id)
    return Kills(
        tuple(
            Switch(one.version_code, one.method, one.ward_code, Text(vi=one.reason_vi, en=one.reason_en))
            for one in await session.scalars(found)
        )
    )
