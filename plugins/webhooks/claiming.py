"""Takes the messages that are due, a batch at a time, and signs them; each is held by one process for as long as sending may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import webhooks
from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from plugins.keys import signing_key
from plugins.registry.models import SERVED, MiniApp, Version
from plugins.rollout import kills
from plugins.webhooks.models import Endpoint, Message, MessageState
from plugins.webhooks.service import secrets_of

BATCH: Final = 100
LEASE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may go out now; `tried` attempts of the present round are behind it."""

    message_id: UUID
    app_id: str
    url: str | None
    headers: dict[str, str]
    body: bytes
    attempts: int
    tried: int


async def claim(session: AsyncSession) -> list[Ready]:
    """The next messages, signed. Those of apps that may hear nothing are withdrawn."""
    moment = now()
    free = or_(Message.leased_until.is_(None), Message.leased_until < moment)
    due = (
        select(Message.id)
        .where(Message.state == MessageState.PENDING, Message.due_at <= moment, free)
        .order_by(Message.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(Message)
        .where(Message.id.in_(due.scalar_subquery()))
        .values(leased_until=moment + LEASE)
        .returning(Message.id, Message.app_id, Message.body, Message.attempts, Message.begun_at)
        .execution_options(synchronize_session=False)
    )
    rows = (await session.execute(taken)).all()
    if not rows:
        return []
    endpoints = await _listening(session, sorted({row.app_id for row in rows}))
    await _withdraw(session, [row.id for row in rows if row.app_id not in endpoints])
    key = await signing_key(session)
    signing = {app_id: (endpoint.target, secrets_of(endpoint)) for app_id, endpoint in endpoints.items()}
    ready = []
    for row in rows:
        if row.app_id in signing:
            url, secrets = signing[row.app_id]
            headers = webhooks.sign(f"msg_{row.id.hex}", moment, row.body, secrets=secrets, keys=[key])
            ready.append(Ready(row.id, row.app_id, url, headers, row.body, row.attempts, row.attempts - row.begun_at))
    return ready


async def _listening(session: AsyncSession, app_ids: Sequence[str]) -> dict[str, Endpoint]:
    """The endpoints of apps that are published, not disabled and not stopped as a whole."""
    found = (
        select(Endpoint)
        .join(MiniApp, MiniApp.app_id == Endpoint.app_id)
        .where(Endpoint.app_id.in_(app_ids), Endpoint.disabled_at.is_(None), MiniApp.status == AppStatus.PUBLISHED)
    )
    endpoints = {}
    for endpoint in await session.scalars(found):
        if not await _stopped(session, endpoint.app_id):
            endpoints[endpoint.app_id] = endpoint
    return endpoints


async def _stopped(session: AsyncSession, app_id: str) -> bool:
    """Whether a switch stops the app, or every version of it that is served."""
    switches = await kills.standing(session, app_id)
    whole = [one for one in switches.switches if one.method is None and one.ward_code is None]
    if not whole or any(one.version_code is None for one in whole):
        return bool(whole)
    codes = await session.scalars(select(Version.code).where(Version.app_id == app_id, Version.state.in_(SERVED)))
    return {*codes} <= {one.version_code for one in whole}


async def _withdraw(session: AsyncSession, ids: Sequence[UUID]) -> None:
    if ids:
        gone = update(Message).where(Message.id.in_(ids)).values(state=MessageState.WITHDRAWN, finished_at=now(), leased_until=None)
        await session.execute(gone.execution_options(synchronize_session=False))
