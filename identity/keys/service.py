"""Which key signs now, and which keys verify: read from the database, held in memory for seconds."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from joserfc.jwk import ECKey, KeySet, OKPKey
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.keys.models import KeyPurpose, SigningKey
from kernel.sealing import keyring

Key = ECKey | OKPKey
ALGORITHM: Final = {KeyPurpose.OAUTH: "ES256", KeyPurpose.MINIAPP: "Ed25519"}
HELD = timedelta(seconds=15)
LOCK = 0x4853_4B45


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of one purpose: the one that signs, and all that verify."""

    signing: Key
    public: KeySet
    read_at: datetime
    curves: dict[str, EllipticCurvePublicKey]
    """Those of `public` that verify ES256, by their ids."""


_rings: dict[KeyPurpose, Ring] = {}
_reading = asyncio.Lock()


async def ring(session: AsyncSession, purpose: KeyPurpose) -> Ring:
    """The current ring; makes the first key of a purpose when there is none."""
    young = held(purpose)
    if young is not None:
        return young
    async with _reading:
        found = await _read(session, purpose)
        if found is None:
            # Not held: the transaction that makes the first key may still be rolled back.
            return await _first(session, purpose)
        _rings[purpose] = found
        return found


def held(purpose: KeyPurpose) -> Ring | None:
    """The ring in memory, where it is young enough to be used."""
    found = _rings.get(purpose)
    return found if found is not None and now() - found.read_at < HELD else None


def forget() -> None:
    """Drop what is held, so that the next use reads the database (after a rotation, and between tests)."""
    _rings.clear()


async def public_set(session: AsyncSession, purpose: KeyPurpose) -> dict[str, Any]:
    """The published JWKS: every key that may still verify something, and the next one before its first use."""
    rows = await session.scalars(_usable(purpose).order_by(SigningKey.activates_at))
    return {"keys": [row.public for row in rows]}


def _usable(purpose: KeyPurpose) -> Any:
    alive = or_(SigningKey.retires_at.is_(None), SigningKey.retires_at > now())
    return select(SigningKey).where(SigningKey.purpose == purpose, alive)


async def _read(session: AsyncSession, purpose: KeyPurpose) -> Ring | None:
    rows = list(await session.scalars(_usable(purpose).order_by(SigningKey.activates_at)))
    active = [row for row in rows if row.activates_at <= now()]
    if not active:
        return None
    private = orjson.loads(keyring().open(active[-1].private, context=active[-1].kid.encode()))
    public = [_import(row.public) for row in rows]
    curves = {row.kid: key.public_key for row, key in zip(rows, public, strict=True) if isinstance(key, ECKey)}
    return Ring(_import(private), KeySet([*public]), now(), curves)


async def _first(session: AsyncSession, purpose: KeyPurpose) -> Ring:
    await session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    made = await _read(session, purpose)
    if made is not None:
        return made
    add(session, purpose, activates_at=now())
    await session.flush()
    ring_made = await _read(session, purpose)
    if ring_made is None:
        raise RuntimeError("a signing key was made and cannot be read")
    return ring_made


def add(session: AsyncSession, purpose: KeyPurpose, *, activates_at: datetime) -> str:
    """Make a key; returns its kid, the RFC 7638 thumbprint."""
    algorithm = ALGORITHM[purpose]
    key = ECKey.generate_key("P-256", private=True) if purpose is KeyPurpose.OAUTH else OKPKey.generate_key("Ed25519", private=True)
    kid = key.thumbprint()
    labels = {"kid": kid, "alg": algorithm, "use": "sig"}
    public = key.as_dict(private=False) | labels
    private = orjson.dumps(key.as_dict(private=True) | labels)
    sealed = keyring().seal(private, context=kid.encode())
    session.add(SigningKey(kid=kid, purpose=purpose, private=sealed, public=public, activates_at=activates_at))
    return kid


def _import(document: dict[str, Any]) -> Key:
    return ECKey.import_key(document) if document["kty"] == "EC" else OKPKey.import_key(document)
