"""The hub's signing keys, for what plugins and tickets sign."""

from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from identity.keys import service
from identity.keys.models import KeyPurpose
from identity.keys.rotation import listed, rotate
from identity.keys.service import Key

__all__ = ["Key", "KeyPurpose", "listed", "public_set", "rotate", "signing_key"]


async def signing_key(session: AsyncSession, purpose: Literal["oauth", "miniapp"]) -> Key:
    """The key that signs now, with its `kid`."""
    return (await service.ring(session, KeyPurpose(purpose))).signing


async def public_set(session: AsyncSession, purpose: Literal["oauth", "miniapp"]) -> dict[str, Any]:
    """The JWKS that verifies what such keys signed."""
    await service.ring(session, KeyPurpose(purpose))
    return await service.public_set(session, KeyPurpose(purpose))
