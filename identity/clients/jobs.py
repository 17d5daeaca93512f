"""Reads the documents of clients now and then, away from any request, so that no sign-in waits for somebody else's server."""

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.clients.documents import Addresses, read
from identity.clients.models import ClientState, OAuthClient
from identity.clients.registration import READ
from kernel.jobs import jobs

EVERY = timedelta(minutes=15)


@jobs.steps(READ, max_attempts=3)
async def read_documents(run: Run) -> None:
    client_id = run.payload["client_id"]
    async with run.database.session() as session:
        client = await session.get(OAuthClient, client_id)
        if client is None:
            return
        addresses = _addresses(client)
    found = await read(addresses)
    async with run.database.transaction() as session:
        client = await session.get_one(OAuthClient, client_id, with_for_update=True)
        # Changed while it was read: what stood behind the old addresses counts no more, and another reading is on its way.
        if _addresses(client) != addresses:
            return
        # What was good stays in use while the other side is away.
        client.jwks = dict(found.jwks) if found.jwks is not None else client.jwks
        client.checked_at, client.check_problem = now(), found.problem


def _addresses(client: OAuthClient) -> Addresses:
    return Addresses(client.jwks_uri, client.sector_identifier_uri, tuple(client.redirect_uris))


@jobs.job("clients.read_all", lane="bulk")
async def read_all(session: AsyncSession, _run: Run) -> None:
    outside = or_(OAuthClient.jwks_uri.is_not(None), OAuthClient.sector_identifier_uri.is_not(None))
    due = or_(OAuthClient.checked_at.is_(None), OAuthClient.checked_at < now() - EVERY)
    for client_id in await session.scalars(select(OAuthClient.client_id).where(outside, due, OAuthClient.state != ClientState.SUSPENDED)):
        await jobs.enqueue(session, READ, {"client_id": client_id}, dedupe=client_id)


jobs.every("*/5 * * * *", "clients.read_all")
