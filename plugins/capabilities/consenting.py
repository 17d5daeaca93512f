"""Whom a backend may reach: people of its sector who agreed, in exactly the manifest's words, to what it is about to do."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import tokens
from kernel.access import Caller
from plugins.launch import asking
from plugins.registry import serving
from plugins.registry.live import LiveApp


class PersonUnknown(Problem):
    code = "backend.person_unknown"
    status = 404
    title = Text(vi="Không có người dùng này", en="There is no such person")


class NotAgreed(Problem):
    code = "backend.not_agreed"
    status = 403
    title = Text(vi="Người dùng chưa đồng ý", en="The person has not agreed to this")


@dataclass(frozen=True, slots=True)
class Reached:
    """A person of an app, and what they agreed to."""

    app: LiveApp
    person_id: UUID
    agreed: frozenset[str]

    def require(self, *scopes: str) -> None:
        """Raises NotAgreed naming the scopes that are missing."""
        if missing := set(scopes) - self.agreed:
            raise NotAgreed(scopes=sorted(missing))


async def app_of(session: AsyncSession, caller: Caller) -> LiveApp:
    """The app whose backend calls. Raises AppNotFound, AppSuspended."""
    return await serving.running(session, caller.client_id)


async def reached(session: AsyncSession, caller: Caller, sub: str) -> Reached:
    """The person a backend names. Raises AppNotFound, AppSuspended (also where the app is stopped in the person's ward), PersonUnknown."""
    app = await serving.served(session, caller.client_id, sub=sub)
    person_id = await tokens.person_of(session, app.sector, sub)
    if person_id is None:
        raise PersonUnknown
    if app.kills.asks_ward:
        app = await serving.served(session, app.app_id, sub=sub, person_id=person_id)
    return Reached(app, person_id, await asking.agreed(session, app, person_id))
