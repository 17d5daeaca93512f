"""What a person does with their own apps."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.api import consent
from plugins.erasures import service as erasures
from plugins.erasures.models import AppErasure, ErasureReason
from plugins.grants import service as grants
from plugins.launch import asking
from plugins.launch.asking import ConsentNotAsked
from plugins.registry import serving
from plugins.registry.live import LiveApp
from plugins.registry.models import OpenedApp
from plugins.registry.problems import AppNotFound
from plugins.storage import service as storage


async def mark(session: AsyncSession, app_id: str, person_id: UUID, *, favourite: bool) -> None:
    """Put an app I opened among my favourites, or out of them. Raises AppNotFound where I never opened it."""
    statement = update(OpenedApp).where(OpenedApp.person_id == person_id, OpenedApp.app_id == app_id)
    found = await session.execute(statement.values(favourite=favourite).returning(OpenedApp.app_id))
    if found.one_or_none() is None:
        raise AppNotFound


async def opened(session: AsyncSession, app_id: str, person_id: UUID) -> OpenedApp:
    """Raises AppNotFound where the person never opened it."""
    row = await session.get(OpenedApp, (person_id, app_id))
    if row is None:
        raise AppNotFound
    return row


async def agreed(session: AsyncSession, app: LiveApp, person_id: UUID) -> frozenset[str]:
    return await asking.agreed(session, app, person_id)


async def withdraw(session: AsyncSession, app_id: str, person_id: UUID, scopes: Sequence[str]) -> None:
    """Take a yes back; the app hears of it, and its tokens end within seconds. Raises ConsentNotAsked for a scope that was never agreed."""
    if not await consent.withdraw(session, person_id, app_id, list(scopes)):
        raise ConsentNotAsked


async def remove(session: AsyncSession, app_id: str, person_id: UUID) -> AppErasure | None:
    """Take an app away: every yes is withdrawn, what it keeps here is gone, and it is told to erase what it holds elsewhere.

    Raises AppNotFound where the person never opened it.
    """
    await opened(session, app_id, person_id)
    duty = await erasures.ask(session, app_id, person_id, ErasureReason.REMOVED)
    await consent.withdraw(session, person_id, app_id)
    # First of all the row that whoever writes for this app and person locks: what they wrote is then seen, and goes too.
    await session.execute(delete(OpenedApp).where(OpenedApp.person_id == person_id, OpenedApp.app_id == app_id))
    await storage.erase(session, person_id, app_id=app_id)
    await grants.erase(session, person_id, app_id=app_id)
    return duty


async def running(session: AsyncSession, app_id: str, person_id: UUID) -> LiveApp:
    """The version the person runs. Raises AppNotFound, AppSuspended."""
    return await serving.served(session, app_id, person_id=person_id)
