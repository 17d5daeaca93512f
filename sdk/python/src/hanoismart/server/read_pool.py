"""A pool for hot reads that costs next to nothing: asyncpg's own spends as much on lending a connection as on the query.

What makes that possible: borrowers run single statements in autocommit and leave nothing behind in the session, so that a connection
needs no reset, no transaction and no task of its own when it comes back.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType

import asyncpg


class ReadPool:
    """At most `size` connections, made when first needed; the one used last is lent first."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._open = 0
        self._idle: list[asyncpg.Connection] = []
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()

    async def acquire(self) -> asyncpg.Connection:
        """A living connection. Raises what connecting raises."""
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._open -= 1
            if self._open < self._size:
                return await self._connected()
            handed = await self._turn()
            if handed is not None:
                return handed

    def release(self, connection: asyncpg.Connection, *, whole: bool) -> None:
        """Take a connection back; one that is not `whole` (a query was cut off) is thrown away, as nobody knows what it will say next."""
        if whole and not connection.is_closed():
            if not self._hand(connection):
                self._idle.append(connection)
            return
        connection.terminate()
        self._open -= 1
        self._hand(None)

    async def close(self) -> None:
        """Close what is idle; what is lent is closed by the end of the process."""
        idle, self._idle = self._idle, []
        self._open -= len(idle)
        for connection in idle:
            await connection.close()

    async def _connected(self) -> asyncpg.Connection:
        self._open += 1
        try:
            return await self._connect()
        except BaseException:
            self._open -= 1
            self._hand(None)
            raise

    async def _turn(self) -> asyncpg.Connection | None:
        """Wait for a connection, or for None: room for a new one."""
        turn: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # Handed over in the very moment its reader left: the next in line takes it.
                handed = turn.result()
                if handed is None:
                    self._hand(None)
                else:
                    self.release(handed, whole=True)
            raise

    def _hand(self, connection: asyncpg.Connection | None) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False


class Lent:
    """A connection of the pool for the length of a block."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: ReadPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await self._pool.acquire()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        # After a refusal of PostgreSQL's own the connection is as good as before; after anything else (a cancelled request) it may not be.
        self._pool.release(self._connection, whole=kind is None or issubclass(kind, asyncpg.PostgresError))
