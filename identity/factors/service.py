"""What a person signs in with, as a whole: nothing changes silently, and the last strong way in is never taken away."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.server.errors import NotFound
from hanoismart.text import Text
from identity.credentials import service as credentials
from identity.credentials.models import Passkey
from identity.events import FactorChanged
from identity.factors import passwords, totp
from identity.factors.passwords import Passwords
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.sessions import service as sessions
from kernel.audit import record
from kernel.events import emit


class LastFactor(Problem):
    code = "factors.last_factor"
    status = 409
    title = Text(
        vi="Đây là cách đăng nhập mạnh cuối cùng; hãy thêm cách khác trước",
        en="This is the last strong way to sign in; add another one first",
    )


async def add_passkey(
    session: AsyncSession, person_id: UUID, challenge_id: UUID, credential: dict[str, Any], *, bound_to: str, label: str
) -> Passkey:
    """One more passkey of the person. Raises PasskeyRefused or PasskeyKnown."""
    row = await credentials.register(session, person_id, challenge_id, credential, bound_to=bound_to, label=label)
    await changed(session, person_id, "passkey", NoticeKind.FACTOR_ADDED)
    return row


async def rename_passkey(session: AsyncSession, person_id: UUID, passkey_id: UUID, label: str) -> Passkey:
    """Raises NotFound, also for another person's."""
    row = await _passkey(session, person_id, passkey_id)
    row.label = label[:100]
    await session.flush()
    return row


async def remove_passkey(session: AsyncSession, person_id: UUID, passkey_id: UUID, *, keep: UUID | None) -> None:
    """Take a passkey away, and end every session but `keep`. Raises NotFound, LastFactor."""
    await _one_at_a_time(session, person_id)
    row = await _passkey(session, person_id, passkey_id)
    others = await passkeys_of(session, person_id) - 1
    if others == 0 and not await _two_factors(session, person_id):
        raise LastFactor
    row.ended_at = now()
    await _taken(session, person_id, "passkey", keep)


async def set_password(session: AsyncSession, person_id: UUID, password: str, *, pool: Passwords, keep: UUID | None) -> None:
    """Set or change the password, and end every session but `keep`. Raises PasswordRefused, PoolFull."""
    await passwords.keep(session, person_id, password, pool)
    await sessions.end_all(session, person_id, because="factor_changed", keep=keep)
    await changed(session, person_id, "password", NoticeKind.PASSWORD_CHANGED)


async def remove_password(session: AsyncSession, person_id: UUID, *, keep: UUID | None) -> None:
    """Raises NotFound, LastFactor."""
    await _one_at_a_time(session, person_id)
    await _weak_enough(session, person_id)
    if not await passwords.remove(session, person_id):
        raise NotFound
    await _taken(session, person_id, "password", keep)


async def confirm_totp(session: AsyncSession, person_id: UUID, offer_id: UUID, code: str) -> None:
    """Raises TotpRefused, TooMany."""
    await totp.confirm(session, person_id, offer_id, code)
    await changed(session, person_id, "totp", NoticeKind.FACTOR_ADDED)


async def remove_totp(session: AsyncSession, person_id: UUID, *, keep: UUID | None) -> None:
    """Raises NotFound, LastFactor."""
    await _one_at_a_time(session, person_id)
    await _weak_enough(session, person_id)
    if not await totp.remove(session, person_id):
        raise NotFound
    await _taken(session, person_id, "totp", keep)


async def forget_all(session: AsyncSession, person_id: UUID) -> None:
    """After a recovery: whoever holds what was lost gets in with none of it."""
    await session.execute(update(Passkey).where(Passkey.person_id == person_id, Passkey.ended_at.is_(None)).values(ended_at=now()))
    await passwords.remove(session, person_id)
    await totp.remove(session, person_id)


async def passkeys_of(session: AsyncSession, person_id: UUID) -> int:
    """How many passkeys the person has now."""
    counted = select(func.count()).select_from(Passkey).where(Passkey.person_id == person_id, Passkey.ended_at.is_(None))
    return await session.scalar(counted) or 0


async def changed(session: AsyncSession, person_id: UUID, kind: str, notice: NoticeKind) -> None:
    """Write it down, tell every channel, and tell the house."""
    await record(session, actor=f"person:{person_id}", action=f"factor.{notice.value}", subject=f"person:{person_id}", facts={"kind": kind})
    await notices.tell(session, person_id, notice)
    await emit(session, FactorChanged(person_id, kind))


async def _taken(session: AsyncSession, person_id: UUID, kind: str, keep: UUID | None) -> None:
    await sessions.end_all(session, person_id, because="factor_changed", keep=keep)
    await changed(session, person_id, kind, NoticeKind.FACTOR_REMOVED)


async def _passkey(session: AsyncSession, person_id: UUID, passkey_id: UUID) -> Passkey:
    row = await session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id, Passkey.ended_at.is_(None)))
    if row is None:
        raise NotFound
    return row


async def _two_factors(session: AsyncSession, person_id: UUID) -> bool:
    return await passwords.held(session, person_id) is not None and await totp.has(session, person_id)


async def _weak_enough(session: AsyncSession, person_id: UUID) -> None:
    """Without a passkey, password and authenticator app together are the strong way in: neither may leave. Raises LastFactor."""
    if await passkeys_of(session, person_id) == 0 and await _two_factors(session, person_id):
        raise LastFactor


async def _one_at_a_time(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(person_id.bytes[-7:], "big"))))
