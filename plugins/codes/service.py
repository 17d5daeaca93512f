"""Gives a person's host a code for one attribute, and the app's backend the value for it: once, within two minutes, and on the record."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api.tokens import pairwise
from kernel.access import Caller
from plugins.capabilities import reading
from plugins.capabilities.consenting import NotAgreed, Reached, app_of
from plugins.codes.models import AttributeCode
from plugins.launch import asking
from plugins.registry import serving

LIFETIME: Final = timedelta(minutes=2)
KEPT: Final = timedelta(days=1)


class ScopeNotByCode(Problem):
    code = "miniapps.scope_not_by_code"
    status = 422
    title = Text(vi="Phạm vi này không cấp bằng mã", en="This scope is not given by code")


class CodeRefused(Problem):
    code = "backend.code_refused"
    status = 409
    title = Text(vi="Mã không đúng, đã dùng hoặc đã hết hạn", en="The code is wrong, used or expired")


class CodeNoLongerAgreed(Problem):
    """The code is burnt all the same: asking again must not be a way to learn when the person changes their mind."""

    code = "backend.code_no_longer_agreed"
    status = 403
    title = Text(vi="Người dùng không còn đồng ý", en="The person no longer agrees")
    keep = True


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What one code opened: whose, and the values by scope; empty where the person has none."""

    sub: str
    scope: str
    values: dict[str, str]


async def issue(session: AsyncSession, app_id: str, person_id: UUID, scope: str) -> tuple[str, int]:
    """A code, and its seconds. The host asks for it right after the person acted in the page.

    Raises AppNotFound, AppSuspended, ScopeNotByCode, NotAgreed.
    """
    app = await serving.served(session, app_id, person_id=person_id)
    if scope not in reading.SEALED:
        raise ScopeNotByCode
    if scope not in await asking.agreed(session, app, person_id):
        raise NotAgreed(scopes=[scope])
    code = secrets.token_urlsafe(32)
    session.add(AttributeCode(hash=_hash(code), app_id=app_id, person_id=person_id, scope=scope, expires_at=now() + LIFETIME))
    await session.flush()
    return code, int(LIFETIME.total_seconds())


async def redeem(session: AsyncSession, caller: Caller, code: str, *, request_id: str | None) -> Redeemed:
    """The value behind a code of this very app; the reading stands in the person's log in the same transaction.

    Raises AppNotFound, AppSuspended, CodeRefused, CodeNoLongerAgreed.
    """
    app = await app_of(session, caller)
    mine = AttributeCode.hash == _hash(code), AttributeCode.app_id == app.app_id
    open_still = AttributeCode.used_at.is_(None), AttributeCode.expires_at > now()
    burnt = update(AttributeCode).where(*mine, *open_still).values(used_at=now())
    row = (await session.execute(burnt.returning(AttributeCode.person_id, AttributeCode.scope))).one_or_none()
    if row is None:
        raise CodeRefused
    app = await serving.served(session, app.app_id, person_id=row.person_id)
    person = Reached(app, row.person_id, await asking.agreed(session, app, row.person_id))
    if row.scope not in person.agreed:
        raise CodeNoLongerAgreed
    purpose = next(one.purpose.text for one in app.manifest.hs.scopes if one.scope == row.scope)
    values = await reading.read(session, person, [row.scope], purpose, request_id=request_id)
    return Redeemed(await pairwise(session, row.person_id, app.sector), row.scope, values)


async def forget(session: AsyncSession) -> None:
    """Remove codes a day after they ended."""
    await session.execute(delete(AttributeCode).where(AttributeCode.expires_at < now() - KEPT))


async def erase(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(delete(AttributeCode).where(AttributeCode.person_id == person_id))


def _hash(code: str) -> bytes:
    return sha256(code.encode()).digest()
