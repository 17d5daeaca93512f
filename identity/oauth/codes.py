"""Authorization codes: 60 seconds, one redemption, and a second one kills what the first gave."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients.models import OAuthClient
from identity.oauth import grants
from identity.oauth.errors import GrantBurnt, InvalidGrant
from identity.oauth.models import AuthorizationCode, Grant, PushedRequest
from identity.oauth.wishes import Wishes
from identity.sessions.models import SignInSession

LIFETIME = timedelta(seconds=60)
VERIFIER = re.compile(r"^[A-Za-z0-9._~-]{43,128}$")


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


async def issue(session: AsyncSession, pushed: PushedRequest, signed_in: SignInSession, wishes: Wishes) -> str:
    """A code for a completed authorization."""
    parameters = pushed.parameters
    grant = await grants.make(session, pushed, signed_in, wishes)
    code = secrets.token_urlsafe(32)
    session.add(
        AuthorizationCode(
            code_hash=_hash(code),
            grant_id=grant.id,
            client_id=pushed.client_id,
            redirect_uri=parameters["redirect_uri"],
            challenge=parameters["code_challenge"],
            nonce=parameters.get("nonce"),
            dpop_jkt=pushed.dpop_jkt,
            expires_at=now() + LIFETIME,
        )
    )
    return code


async def redeem(session: AsyncSession, client: OAuthClient, form: Mapping[str, str], *, jkt: str | None) -> tuple[Grant, str | None]:
    """The grant and nonce of a code, once.

    Raises InvalidGrant for a code that is absent, expired or another client's (that one stays unused), and GrantBurnt when the code was
    used before (everything it gave is revoked) or the proof of possession is wrong (the code is spent).
    """
    digest = _hash(form.get("code", ""))
    row = await session.scalar(select(AuthorizationCode).where(AuthorizationCode.code_hash == digest))
    if row is None or row.client_id != client.client_id:
        raise InvalidGrant("the code is unknown")
    won = await session.scalar(
        update(AuthorizationCode)
        .where(AuthorizationCode.code_hash == digest, AuthorizationCode.used_at.is_(None))
        .values(used_at=now())
        .returning(AuthorizationCode.grant_id)
    )
    grant = await session.get_one(Grant, row.grant_id)
    if won is None:
        await grants.revoke(session, grant.id, because="code_reuse")
        raise GrantBurnt("the code was used before")
    if row.expires_at <= now() or grant.revoked_at is not None:
        raise GrantBurnt("the code has expired")
    if form.get("redirect_uri", row.redirect_uri) != row.redirect_uri:
        raise GrantBurnt("redirect_uri is not the one of the request")
    if not _verifier_fits(form.get("code_verifier", ""), row.challenge):
        raise GrantBurnt("code_verifier does not fit the challenge")
    if row.dpop_jkt is not None and row.dpop_jkt != jkt:
        raise GrantBurnt("the DPoP key is not the one the code is bound to")
    grant.dpop_jkt = jkt
    return grant, row.nonce


def _verifier_fits(verifier: str, challenge: str) -> bool:
    return VERIFIER.match(verifier) is not None and hmac.compare_digest(challenge_of(verifier), challenge)


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
