"""What notifications hold of a person: handed in for an archive, removed when the account is erased."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses.models import PushAddress
from notifications.inbox.models import InboxCounter, Notification
from notifications.preferences.models import Preference


async def export(session: AsyncSession, person_id: UUID) -> dict[str, Any]:
    """Messages, devices without their addresses, and preferences."""
    messages = await session.execute(
        select(Notification.template_key, Notification.values, Notification.link, Notification.created_at, Notification.read_at)
        .where(Notification.person_id == person_id)
        .order_by(Notification.seq)
    )
    devices = await session.execute(
        select(PushAddress.kind, PushAddress.device, PushAddress.locale, PushAddress.created_at).where(PushAddress.person_id == person_id)
    )
    wishes = await session.execute(
        select(Preference.category, Preference.channel, Preference.enabled, Preference.changed_at).where(Preference.person_id == person_id)
    )
    found: dict[str, list[Any]] = {"messages": list(messages.mappings()), "devices": list(devices.mappings())}
    found["preferences"] = list(wishes.mappings())
    return {name: [dict(row) for row in rows] for name, rows in found.items()}


async def erase(session: AsyncSession, person_id: UUID) -> None:
    """Deliveries go with their messages. Safe to run again."""
    for table in (Notification, PushAddress, Preference, InboxCounter):
        await session.execute(delete(table).where(table.person_id == person_id))
