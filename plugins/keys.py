"""The Ed25519 key that signs everything a mini-app must believe."""

from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncSession

from identity.api import keys


async def signing_key(session: AsyncSession) -> OKPKey:
    """The key that signs now."""
    key = await keys.signing_key(session, "miniapp")
    if not isinstance(key, OKPKey):
        raise TypeError("mini-apps are signed for with Ed25519")
    return key
