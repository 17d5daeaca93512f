"""Binds a person's device to its key, follows it through sign-ins, and ends whatever hangs on it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.server.errors import NotFound
from hanoismart.text import Text
from identity.devices.models import Device, Integrity
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.oauth import grants
from identity.oauth.models import Grant
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession
from kernel.audit import record


class DeviceUnproved(Problem):
    """A device is bound by the DPoP proof of the very request that binds it; a token without a key cannot."""

    code = "devices.unproved"
    status = 422
    title = Text(vi="Yêu cầu không chứng minh khoá của thiết bị", en="The request does not prove the device's key")


class DeviceAltered(Problem):
    code = "devices.altered"
    status = 403
    title = Text(vi="Thiết bị hoặc ứng dụng đã bị can thiệp", en="The device or the app on it was tampered with")


async def bind(
    session: AsyncSession,
    person_id: UUID,
    session_id: UUID | None,
    *,
    jkt: str,
    public_jwk: dict[str, Any],
    name: str,
    platform: str,
    integrity: Integrity,
) -> Device:
    """The device of this key, new or known; the session of the caller hangs on it from now on.

    A new device is told to every channel.

    Raises DeviceAltered: an altered device is not bound; NotFound where it is ended that very moment.
    """
    if integrity is Integrity.ALTERED:
        raise DeviceAltered
    given = {"public_jwk": public_jwk, "name": name, "platform": platform, "integrity": integrity, "last_seen_at": now()}
    new = insert(Device).values(id=new_id(), person_id=person_id, jkt=jkt, created_at=now(), **given)
    # Of two calls at once by one key, the second waits here and finds the device of the first.
    made = await session.scalar(new.on_conflict_do_nothing().returning(Device.id))
    if made is not None:
        facts = {"device": str(made)}
        await record(session, actor=f"person:{person_id}", action="device.bound", subject=f"person:{person_id}", facts=facts)
        await notices.tell(session, person_id, NoticeKind.DEVICE_ADDED)
    row = await _by_key(session, person_id, jkt)
    if row is None:
        raise NotFound  # it was ended this very moment
    row.name, row.platform, row.integrity, row.last_seen_at = name, platform, integrity, now()
    await session.flush()
    await _hang(session, SignInSession.id == session_id, row.id)
    return row


async def seen(session: AsyncSession, person_id: UUID, session_id: UUID, jkt: str | None) -> None:
    """A token was issued to this key: where it is a bound device's, the sign-in hangs on that device."""
    row = None if jkt is None else await _by_key(session, person_id, jkt)
    if row is not None:
        row.last_seen_at = now()
        await session.flush()
        await _hang(session, (SignInSession.id == session_id) & SignInSession.device_id.is_(None), row.id)


async def rename(session: AsyncSession, person_id: UUID, device_id: UUID, name: str) -> Device:
    """Raises NotFound, also for another person's."""
    row = await find(session, person_id, device_id)
    row.name = name
    await session.flush()
    return row


async def end(session: AsyncSession, person_id: UUID, device_id: UUID) -> None:
    """End the device: its sessions, and every refresh family bound to its key. Raises NotFound, also for another person's."""
    row = await find(session, person_id, device_id)
    row.ended_at = now()
    await sessions.end_of_device(session, device_id, because="device_ended")
    bound = select(Grant.id).where(Grant.person_id == person_id, Grant.dpop_jkt == row.jkt, Grant.revoked_at.is_(None))
    for grant_id in await session.scalars(bound):
        await grants.revoke(session, grant_id, because="device_ended")
    await record(
        session, actor=f"person:{person_id}", action="device.ended", subject=f"person:{person_id}", facts={"device": str(device_id)}
    )
    await notices.tell(session, person_id, NoticeKind.SESSIONS_ENDED)


async def end_all(session: AsyncSession, person_id: UUID) -> None:
    """After a recovery: no earlier device is the person's any more. Their sessions are ended by whoever calls."""
    await session.execute(update(Device).where(Device.person_id == person_id, Device.ended_at.is_(None)).values(ended_at=now()))


async def find(session: AsyncSession, person_id: UUID, device_id: UUID) -> Device:
    """Raises NotFound, also for another person's."""
    row = await session.scalar(select(Device).where(Device.id == device_id, Device.person_id == person_id, Device.ended_at.is_(None)))
    if row is None:
        raise NotFound
    return row


async def _by_key(session: AsyncSession, person_id: UUID, jkt: str) -> Device | None:
    found: Device | None = await session.scalar(
        select(Device).where(Device.person_id == person_id, Device.jkt == jkt, Device.ended_at.is_(None))
    )
    return found


async def _hang(session: AsyncSession, chosen: ColumnElement[bool], device_id: UUID) -> None:
    await session.execute(update(SignInSession).where(chosen, SignInSession.ended_at.is_(None)).values(device_id=device_id))
