"""Keys developers sign with: registered by themselves, valid for a while, revoked without hitting anybody else."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc.jwk import OKPKey
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import tokens
from hanoismart.clock import now
from hanoismart.tokens import PublicKeys
from kernel.audit import record
from plugins.developers.models import DeveloperKey
from plugins.developers.problems import KeyInvalid, KeyKnown, KeyNotFound, TooManyKeys

MOST: Final = 5
LONGEST: Final = timedelta(days=2 * 365)


async def register(
    session: AsyncSession,
    organisation_id: UUID,
    jwk: Mapping[str, Any],
    *,
    label: str,
    by: UUID,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> DeveloperKey:
    """A public Ed25519 key, valid from now for a year unless said otherwise. Raises KeyInvalid, KeyKnown, TooManyKeys."""
    start = not_before or now()
    end = not_after or start + timedelta(days=365)
    if "d" in jwk or not start < end <= start + LONGEST or end <= now():
        raise KeyInvalid
    try:
        found = tokens.public_keys({"keys": [{**jwk, "kid": None}]})
    except ValueError as broken:
        raise KeyInvalid from broken
    if len(found) != 1:
        raise KeyInvalid
    (key,) = found.values()
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"developer keys {organisation_id}", 0))))
    if await session.get(DeveloperKey, key.thumbprint()) is not None:
        raise KeyKnown
    if len([one for one in await listed(session, organisation_id) if one.revoked_at is None and one.not_after > now()]) >= MOST:
        raise TooManyKeys
    row = DeveloperKey(
        kid=key.thumbprint(),
        organisation_id=organisation_id,
        jwk={"kty": "OKP", "crv": "Ed25519", "x": str(key.as_dict(private=False)["x"])},
        label=label,
        not_before=start,
        not_after=end,
        registered_by=by,
    )
    session.add(row)
    await session.flush()
    await record(
        session, actor=f"person:{by}", action="developer.key_registered", subject=f"organisation:{organisation_id}", facts={"kid": row.kid}
    )
    return row


async def listed(session: AsyncSession, organisation_id: UUID) -> Sequence[DeveloperKey]:
    """Every key the organisation ever had, the newest first."""
    found = select(DeveloperKey).where(DeveloperKey.organisation_id == organisation_id)
    return (await session.scalars(found.order_by(DeveloperKey.created_at.desc(), DeveloperKey.kid))).all()


async def revoke(session: AsyncSession, organisation_id: UUID, kid: str, *, reason: str, by: UUID) -> DeveloperKey:
    """From now on nothing new counts under this key; versions that were countersigned stay. Raises KeyNotFound."""
    row = await session.get(DeveloperKey, kid, with_for_update=True, populate_existing=True)
    if row is None or row.organisation_id != organisation_id:
        raise KeyNotFound
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by, row.revoke_reason = now(), by, reason
        facts = {"kid": kid}
        await record(session, actor=f"person:{by}", action="developer.key_revoked", subject=f"organisation:{organisation_id}", facts=facts)
    return row


async def revoked(session: AsyncSession, kid: str) -> bool:
    """Whether a key was revoked; whoever revokes it at this moment waits until the caller's transaction ends."""
    row = await session.get(DeveloperKey, kid, with_for_update={"read": True}, populate_existing=True)
    return row is not None and row.revoked_at is not None


async def in_force(session: AsyncSession, organisation_id: UUID) -> PublicKeys:
    """The keys that count at this moment, by kid."""
    moment = now()
    return {
        row.kid: OKPKey.import_key({**row.jwk, "kid": row.kid})
        for row in await listed(session, organisation_id)
        if row.revoked_at is None and row.not_before <= moment < row.not_after
    }
