"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): every relying party of a session hears that it is over."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import httpx
from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.jobs import RetryLater, Run
from identity.clients import service as clients
from identity.clients.models import OAuthClient
from identity.consent import service as consent
from identity.keys.models import KeyPurpose
from identity.oauth import grants
from identity.oauth.models import Grant, LogoutDelivery
from identity.oauth.tokens import sign
from identity.settings import settings
from kernel.jobs import jobs
from kernel.outbound import GuardedTransport
from kernel.settings import settings as kernel_settings

DELIVER: Final = "oauth.backchannel_logout"
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
SECONDS: Final = 5.0
LIFETIME: Final = timedelta(minutes=2)
WAITS: Final = (2, 10, 60, 300, 1800, 7200)
"""Seconds before each further attempt."""


async def announce(session: AsyncSession, session_id: UUID) -> int:
    """Queue a delivery for every relying party that signed this session's person in; returns how many."""
    return await _queue(session, Grant.session_id == session_id)


async def announce_withdrawal(session: AsyncSession, person_id: UUID, client_id: str) -> int:
    """The same for one relying party whose consent was withdrawn: for it, the person is signed out.

    A grant of an authorization that was completed in the very moment of the withdrawal was not there yet to be ended by it: it ends here.
    """
    theirs = (Grant.person_id == person_id) & (Grant.client_id == client_id)
    queued = await _queue(session, theirs)
    client = await clients.find(session, client_id)
    if client is None or client.first_party:
        return queued
    agreed = await consent.granted(session, person_id, client_id)
    for grant in await session.scalars(select(Grant).where(theirs, Grant.revoked_at.is_(None))):
        if not agreed.issuperset(grant.scope.split()):
            await grants.revoke(session, grant.id, because="consent_withdrawn")
    return queued


async def announce_lock(session: AsyncSession, person_id: UUID) -> int:
    """The same for every relying party of a person who locked their identity, those of the session they locked it from included.

    What those parties hold ends with it, so that going on at a service is signing in there again, which the lock judges.
    """
    parties = select(OAuthClient.client_id).where(OAuthClient.first_party.is_(False))
    held = (Grant.person_id == person_id) & Grant.revoked_at.is_(None) & Grant.client_id.in_(parties)
    queued = await _queue(session, held)
    for grant_id in await session.scalars(select(Grant.id).where(held)):
        await grants.revoke(session, grant_id, because="identity_lock")
    return queued


async def _queue(session: AsyncSession, which: ColumnElement[bool]) -> int:
    parties = await session.execute(
        select(OAuthClient.client_id, Grant.person_id, Grant.session_id)
        .join(Grant, Grant.client_id == OAuthClient.client_id)
        .where(which, OAuthClient.backchannel_logout_uri.is_not(None))
        .distinct()
    )
    queued = 0
    for client_id, person_id, session_id in parties.all():
        row = insert(LogoutDelivery).values(
            id=new_id(), client_id=client_id, session_id=session_id, person_id=person_id, attempts=0, created_at=now()
        )
        made = await session.scalar(row.on_conflict_do_nothing().returning(LogoutDelivery.id))
        if made is not None:
            await jobs.enqueue(session, DELIVER, {"delivery_id": str(made)})
            queued += 1
    return queued


@dataclass(frozen=True, slots=True)
class _Ready:
    url: str
    token: str


@jobs.steps(DELIVER, max_attempts=len(WAITS) + 2)
async def deliver(run: Run) -> None:
    """One attempt, with no session held while the other side takes its time. Raises RetryLater."""
    delivery_id = UUID(run.payload["delivery_id"])
    async with run.database.transaction() as session:
        ready = await _ready(session, delivery_id)
    if ready is None:
        return
    heard = await _post(ready)
    async with run.database.transaction() as session:
        wait = await _noted(session, delivery_id, heard=heard)
    if wait is not None:
        raise RetryLater(wait, "the relying party did not answer 200 or 204")


async def _ready(session: AsyncSession, delivery_id: UUID) -> _Ready | None:
    row = await session.get(LogoutDelivery, delivery_id)
    if row is None or row.delivered_at is not None or row.given_up_at is not None:
        return None
    client = await clients.find(session, row.client_id)
    if client is None or client.backchannel_logout_uri is None:
        return None
    return _Ready(client.backchannel_logout_uri, await logout_token(session, client, row))


async def logout_token(session: AsyncSession, client: OAuthClient, row: LogoutDelivery) -> str:
    """A logout token (section 2.4): whose session, which, no nonce, an id of its own each time."""
    moment = now()
    claims = {
        "iss": kernel_settings().public_url,
        "aud": client.client_id,
        "iat": int(moment.timestamp()),
        "exp": int((moment + LIFETIME).timestamp()),
        "jti": new_id().hex,
        "sub": await clients.pairwise(session, row.person_id, client.sector),
        "sid": str(row.session_id),
        "events": {EVENT: {}},
    }
    return await sign(session, KeyPurpose.OAUTH, "logout+jwt", claims)


async def _post(ready: _Ready) -> bool:
    transport = GuardedTransport(allow_inward=settings().inward_clients, connections=1)
    try:
        # Its status is all we want of the answer: a body that never ends is not read, and all of it has one time.
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(transport=transport, timeout=SECONDS, follow_redirects=False) as http,
            http.stream("POST", ready.url, data={"logout_token": ready.token}) as answer,
        ):
            return answer.status_code in {200, 204}
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError):
        return False


async def _noted(session: AsyncSession, delivery_id: UUID, *, heard: bool) -> timedelta | None:
    """Write the attempt down; how long to wait for the next, None when there is none."""
    row = await session.get_one(LogoutDelivery, delivery_id, with_for_update=True)
    row.attempts += 1
    if heard:
        row.delivered_at = now()
        return None
    if row.attempts > len(WAITS):
        row.given_up_at = now()
        return None
    return timedelta(seconds=WAITS[row.attempts - 1])
