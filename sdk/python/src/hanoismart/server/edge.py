"""The edge of a request: one unit of work, opened when first asked for, committed before the answer leaves."""

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, ClassVar

import orjson
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.server.audience import Audience
from hanoismart.server.database import Database
from hanoismart.server.errors import Malformed
from hanoismart.server.idempotency import Replays
from hanoismart.text import Text

_BODILESS = frozenset({"GET", "HEAD"})
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Unit:
    """One request's unit of work. Nothing but the edge ends it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: AsyncSession | None = None

    @property
    def session(self) -> AsyncSession:
        if self._session is None:
            self._session = self._database.session()
        return self._session

    async def end(self, *, commit: bool) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        try:
            if commit:
                await session.commit()
        finally:
            await session.close()


class StrictRequest(Request):
    """A request whose JSON is read strictly before anything else sees it: no NaN, no NUL (PostgreSQL cannot keep one)."""

    async def read(self) -> None:
        """Take the body in. Raises Malformed, or what the body limit raises."""
        body = await self.body()
        if not body or "json" not in self.headers.get("content-type", "").lower():
            return
        if _ESCAPED_NUL.search(body):
            raise Malformed(Text(vi="Nội dung chứa ký tự NUL", en="The body holds a NUL character"))
        try:
            self._json: Any = orjson.loads(body)
        except (orjson.JSONDecodeError, RecursionError) as error:
            raise Malformed from error


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class EdgeRoute(APIRoute):
    """A route that admits its audience, then runs its function in one unit of work.

    FastAPI tears a yielding dependency down around the function; the edge stands here instead, where the finished answer can still be
    stored beside the change it reports (idempotent replay), and a 201 is sent only after the commit.
    """

    audience: ClassVar[Audience]
    streamed: ClassVar[bool] = False
    """The function reads the body itself, bit by bit; it is never held whole, and the answer is not kept for a repeated request."""

    def get_route_handler(self) -> Handler:
        original = super().get_route_handler()
        audience, streamed = self.audience, self.streamed

        async def handle(request: Request) -> Response:
            unit = Unit(request.scope["runtime"].database)
            request.scope["unit"] = unit
            try:
                await audience.admit(request)
                if streamed:
                    response = await original(request)
                    await unit.end(commit=True)
                    return response
                if request.method not in _BODILESS or b"content-type" in dict(request.scope["headers"]):
                    request = StrictRequest(request.scope, request.receive)
                    await request.read()
                response = await (_answer(request, unit, original) if request.method == "POST" else original(request))
            except Problem as problem:
                await unit.end(commit=problem.keep)
                raise
            except BaseException:
                await unit.end(commit=False)
                raise
            await unit.end(commit=True)
            return response

        return handle


async def _answer(request: Request, unit: Unit, original: Callable[[Request], Awaitable[Response]]) -> Response:
    replays: Replays | None = request.scope["runtime"].replays
    return await (original(request) if replays is None else replays.once(request, unit.session, original))


def open_session(request: Request) -> AsyncSession:
    unit: Unit = request.scope["unit"]
    return unit.session


async def _session(request: Request) -> AsyncSession:
    return open_session(request)


Session = Annotated[AsyncSession, Depends(_session)]
"""The request's session: flush, never commit."""
