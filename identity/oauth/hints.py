"""ID tokens that come back to us as hints; one that has expired still says whose it was."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.oauth import jose
from identity.oauth.algorithms import OWN
from kernel.settings import settings


@dataclass(frozen=True, slots=True)
class Hint:
    """Whom an ID token was for, and which sign-in it told of."""

    client_id: str
    session_id: UUID
    sub: str


async def hinted(session: AsyncSession, token: str | None) -> Hint | None:
    """What an ID token of ours says, None for anything else: another type, another issuer, a changed byte."""
    if token is None:
        return None
    ring = await keys.ring(session, KeyPurpose.OAUTH)
    try:
        decoded = jose.decoded(token, ring.public, registry=OWN)
        claims = decoded.claims
        if decoded.header.get("typ") != "JWT" or claims["iss"] != settings().public_url:
            return None
        return Hint(str(claims["aud"]), UUID(str(claims["sid"])), str(claims["sub"]))
    except (ValueError, KeyError):
        return None
