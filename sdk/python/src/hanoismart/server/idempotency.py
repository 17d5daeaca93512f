"""Idempotency-Key: a retried POST gets the first answer back, from a row written in the same transaction as its effect.

After draft-ietf-httpapi-idempotency-key-header. The row keeps the answer sealed for 24 hours.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import orjson
from fastapi import Request, Response
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.server.sealing import Keyring
from hanoismart.text import Text

LIFETIME = timedelta(hours=24)
MAX_KEY = 255
_KEPT_HEADERS = ("content-type", "location", "cache-control")


class KeyRequired(Problem):
    code = "idempotency.key_required"
    status = 400
    title = Text(vi="Thiếu tiêu đề Idempotency-Key", en="The header Idempotency-Key is required here")


class KeyInvalid(Problem):
    code = "idempotency.key_invalid"
    status = 400
    title = Text(vi="Idempotency-Key không hợp lệ", en="The Idempotency-Key is not valid")


class InFlight(Problem):
    code = "idempotency.in_flight"
    status = 409
    title = Text(vi="Yêu cầu trước với cùng khoá đang được xử lý", en="A request with the same key is still under way")


class KeyReused(Problem):
    code = "idempotency.key_reused"
    status = 422
    title = Text(vi="Khoá này đã dùng cho một yêu cầu khác", en="This key was used for a different request")


def replay_table(metadata: MetaData) -> Table:
    """The table of stored answers in the schema of `metadata`."""
    return Table(
        "idempotent_answer",
        metadata,
        Column("scope", String(64), primary_key=True),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("answer", LargeBinary, nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    )


class Replays:
    """Stores and replays answers in `table`, sealed with `keyring`."""

    def __init__(self, table: Table, keyring: Keyring) -> None:
        self._table = table
        self._keyring = keyring

    async def once(self, request: Request, session: AsyncSession, handler: Callable[[Request], Awaitable[Response]]) -> Response:
        """Run `handler` unless this caller already had an answer for this key.

        Raises KeyInvalid, InFlight (the first request is still running) or KeyReused (the same key with another request).
        """
        key = request.headers.get("idempotency-key")
        if key is None:
            return await handler(request)
        if not key or len(key) > MAX_KEY or not key.isprintable():
            raise KeyInvalid
        caller = await _caller(request)
        if caller is None:
            return await handler(request)
        scope = hashlib.sha256(f"{caller}\x1f{request.url.path}\x1f{key}".encode()).hexdigest()
        if not await session.scalar(select(func.pg_try_advisory_xact_lock(int(scope[:15], 16)))):
            raise InFlight(headers={"Retry-After": "1"})
        digest = await _digest(request)
        stored = await self._stored(session, scope, digest)
        if stored is not None:
            return stored
        response = await handler(request)
        await self._store(session, scope, digest, response)
        return response

    async def _stored(self, session: AsyncSession, scope: str, digest: bytes) -> Response | None:
        table = self._table
        row = (await session.execute(select(table).where(table.c.scope == scope, table.c.expires_at > now()))).one_or_none()
        if row is None:
            return None
        if row.request_hash != digest:
            raise KeyReused
        document = orjson.loads(self._keyring.open(row.answer, context=scope.encode()))
        return Response(document["body"].encode("latin-1"), row.status, headers=document["headers"] | {"Idempotency-Replayed": "true"})

    async def _store(self, session: AsyncSession, scope: str, digest: bytes, response: Response) -> None:
        if not hasattr(response, "body"):  # a stream cannot be replayed
            return
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        document = orjson.dumps({"headers": headers, "body": bytes(response.body).decode("latin-1")})
        table = self._table
        await session.execute(delete(table).where(table.c.scope == scope))
        await session.execute(
            insert(table).values(
                scope=scope,
                request_hash=digest,
                status=response.status_code,
                answer=self._keyring.seal(document, context=scope.encode()),
                expires_at=now() + LIFETIME,
            )
        )

    async def purge(self, session: AsyncSession, before: datetime) -> int:
        """Remove answers that expired before a moment; returns how many."""
        result = await session.execute(delete(self._table).where(self._table.c.expires_at < before).returning(self._table.c.scope))
        return len(result.all())


def require_key(request: Request) -> None:
    """A dependency for routes that move money. Raises KeyRequired."""
    if "idempotency-key" not in request.headers:
        raise KeyRequired


async def _caller(request: Request) -> str | None:
    """Whose key it is. Nobody in particular is known by what only they can repeat: their secret headers and the body.

    None for a request that brings neither: a guessed key would open what was told to somebody else, so nothing is kept.
    """
    caller = request.scope.get("caller")
    if caller is not None:
        return f"{getattr(caller, 'subject', caller)}\x1f{getattr(caller, 'client_id', '')}"
    body = await request.body()
    secrets = sorted((name, value) for name, value in request.scope["headers"] if name.endswith(b"-secret"))
    if not secrets and body.strip() in {b"", b"{}", b"null"}:
        return None
    digest = hashlib.sha256(body)
    for name, value in secrets:
        digest.update(name + b"\x1f" + value + b"\x1f")
    return f"anyone\x1f{digest.hexdigest()}"


async def _digest(request: Request) -> bytes:
    digest = hashlib.sha256(request.url.query.encode())
    digest.update(request.headers.get("content-type", "").encode())
    digest.update(await request.body())
    return digest.digest()
