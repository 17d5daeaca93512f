"""Who may develop for whom: members of an organisation with the role of developer or administrator."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.api import mandates, organisations
from identity.api.mandates import MandateMissing, OrganisationRole
from identity.api.organisations import Organisation
from kernel.access import Caller
from plugins.developers.problems import DeveloperMissing
from plugins.registry.models import MiniApp
from plugins.registry.problems import AppNotFound

ROLES = frozenset({OrganisationRole.DEVELOPER.value, OrganisationRole.ADMINISTRATOR.value})


async def member(session: AsyncSession, caller: Caller, organisation_id: UUID) -> Organisation:
    """The organisation the caller develops for. Raises DeveloperMissing (404)."""
    if not await _develops(session, caller.person, organisation_id):
        raise DeveloperMissing
    return await organisations.organisation(session, organisation_id)


async def developer_of(session: AsyncSession, caller: Caller, app_id: str) -> MiniApp:
    """The app the caller develops. Raises AppNotFound (404) for any other."""
    app = await session.get(MiniApp, app_id)
    if app is None or not await _develops(session, caller.person, app.organisation_id):
        raise AppNotFound
    return app


async def _develops(session: AsyncSession, person_id: UUID, organisation_id: UUID) -> bool:
    try:
        mandate = await mandates.acting_for(session, person_id, organisation_id)
    except MandateMissing:
        return False
    return bool(mandate.roles & ROLES)
