"""Sign-in on a device without a browser, a kiosk or a television (RFC 8628): it shows a code, its person types it on a phone."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.clients import service as clients
from identity.clients.models import OAuthClient
from identity.oauth import grants, pushed
from identity.oauth.endpoints import Admitted
from identity.oauth.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
    TemporarilyUnavailable,
    UnauthorizedClient,
)
from identity.oauth.models import DeviceAuthorization, DeviceState, Grant, PushedRequest
from identity.oauth.wishes import Wishes
from identity.sessions.models import SignInSession
from kernel.settings import settings

LIFETIME: Final = timedelta(minutes=10)
INTERVAL: Final = 5
SLOWER: Final = 5
MOST_WRONG: Final = 10
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants only, so that no code spells a word (RFC 8628, section 6.1)."""
HALF: Final = 4
TRIES: Final = 20


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


async def start(session: AsyncSession, asked: Admitted) -> dict[str, Any]:
    """A device begins. Raises UnauthorizedClient, TemporarilyUnavailable, and what is wrong with the scope or claims."""
    if not asked.client.device_grant:
        raise UnauthorizedClient("the client is not registered for devices")
    wanted = {name: asked.form[name] for name in ("scope", "claims", "resource", "acr_values") if name in asked.form}
    await pushed.check_wishes(session, asked.client, wanted)
    device_code = secrets.token_urlsafe(32)
    half, secret = await _kept(session, asked, wanted, _hash(device_code))
    page = f"{settings().public_url}/oauth/device"
    return {
        "device_code": device_code,
        "user_code": f"{half}-{secret}",
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={half}-{secret}",
        "expires_in": int(LIFETIME.total_seconds()),
        "interval": INTERVAL,
    }


async def _kept(session: AsyncSession, asked: Admitted, wanted: dict[str, str], device_hash: bytes) -> tuple[str, str]:
    """Keeps the device under a user code whose first half no other row has; there are 160,000 of them. Raises TemporarilyUnavailable."""
    for _ in range(TRIES):
        half, secret = ("".join(secrets.choice(LETTERS) for _ in range(HALF)) for _ in range(2))
        moment = now()
        row = insert(DeviceAuthorization).values(
            id=new_id(),
            client_id=asked.client.client_id,
            device_hash=device_hash,
            user_half=half,
            secret_hash=_hash(half + secret),
            parameters=wanted,
            dpop_jkt=asked.bound,
            state=DeviceState.PENDING,
            wrong=0,
            interval=INTERVAL,
            created_at=moment,
            expires_at=moment + LIFETIME,
        )
        # Two devices may draw the same half at once: the database decides.
        free = row.on_conflict_do_nothing(index_elements=[DeviceAuthorization.user_half]).returning(DeviceAuthorization.id)
        if await session.scalar(free) is not None:
            return half, secret
    raise TemporarilyUnavailable("no user code is free; try again")


async def typed(session: AsyncSession, user_code: str) -> tuple[OAuthClient, str] | None:
    """The client and a fresh request_uri for a user code as a person typed it; None for a wrong one, which is counted.

    Ten wrong second halves kill the code, whoever typed them.
    """
    code = "".join(letter for letter in user_code.upper() if letter.isalnum())
    row = await session.scalar(
        select(DeviceAuthorization)
        .where(
            DeviceAuthorization.user_half == code[:HALF],
            DeviceAuthorization.state == DeviceState.PENDING,
            DeviceAuthorization.expires_at > now(),
            DeviceAuthorization.wrong < MOST_WRONG,
        )
        .with_for_update()
    )
    if row is None:
        return None
    if not hmac.compare_digest(_hash(code), row.secret_hash):
        row.wrong += 1
        return None
    client = await clients.active(session, row.client_id)
    if client is None:
        return None
    shown = f"{code[:HALF]}-{code[HALF:]}"
    reference = pushed.keep(session, client.client_id, row.parameters | {"user_code": shown}, dpop_jkt=row.dpop_jkt, device_id=row.id)
    return client, reference


async def approve(session: AsyncSession, request: PushedRequest, signed_in: SignInSession, wishes: Wishes) -> None:
    """The person lets the device in. Raises InvalidGrant where it was answered or ran out meanwhile."""
    grant = await grants.make(session, request, signed_in, wishes)
    answered = await session.scalar(
        update(DeviceAuthorization)
        .where(
            DeviceAuthorization.id == request.device_id,
            DeviceAuthorization.state == DeviceState.PENDING,
            DeviceAuthorization.expires_at > now(),
        )
        .values(state=DeviceState.APPROVED, grant_id=grant.id)
        .returning(DeviceAuthorization.id)
    )
    if answered is None:
        raise InvalidGrant("the device's code is over")


async def deny(session: AsyncSession, device_id: UUID) -> None:
    await session.execute(
        update(DeviceAuthorization)
        .where(DeviceAuthorization.id == device_id, DeviceAuthorization.state == DeviceState.PENDING)
        .values(state=DeviceState.DENIED)
    )


async def redeem(session: AsyncSession, asked: Admitted) -> Grant:
    """The grant, once the person agreed.

    Raises AuthorizationPending, SlowDown, ExpiredToken, AccessDenied, InvalidGrant for a code that is absent, redeemed, another client's
    or bound to another key.
    """
    row = await session.scalar(
        select(DeviceAuthorization).where(DeviceAuthorization.device_hash == _hash(asked.form.get("device_code", ""))).with_for_update()
    )
    if row is None or row.client_id != asked.client.client_id or row.dpop_jkt != asked.bound:
        raise InvalidGrant("the device code is unknown")
    _check_state(row)
    grant = await session.get_one(Grant, row.grant_id)
    if grant.revoked_at is not None:
        raise InvalidGrant("the grant was revoked")
    row.state = DeviceState.REDEEMED
    return grant


def _check_state(row: DeviceAuthorization) -> None:
    if row.state is DeviceState.DENIED:
        raise AccessDenied("the person refused")
    if row.state is DeviceState.REDEEMED:
        raise InvalidGrant("the device code was used")
    if row.expires_at <= now() or row.wrong >= MOST_WRONG:
        raise ExpiredToken("the device code has expired")
    if row.state is DeviceState.PENDING:
        early = row.polled_at is not None and now() - row.polled_at < timedelta(seconds=row.interval)
        row.polled_at = now()
        if early:
            row.interval += SLOWER
            raise SlowDown(f"wait {row.interval} seconds")
        raise AuthorizationPending("the person has not answered yet")
