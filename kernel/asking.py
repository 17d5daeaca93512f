"""Asks Redis small questions: what gathers while one is under way goes out as the next, in one write.

A proof of possession comes with every signed read and a count with every open door, so these are the uses of Redis whose cost every
request pays: a connection of its own takes a third of what a command through the pool does.
"""

import asyncio
from itertools import zip_longest
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

Command = tuple[str | bytes | int, ...]


class _Question(NamedTuple):
    commands: tuple[Command, ...]
    answer: asyncio.Future[list[Any]]


class Asking:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._connection: AbstractConnection | None = None
        self._waiting: list[_Question] = []
        self._asking: asyncio.Task[None] | None = None

    async def first(self, key: str, *, seconds: int) -> bool:
        """True when the key was not there and is now, for `seconds`. Raises RedisError or OSError when nobody can say."""
        return bool((await self._ask(("SET", key, b"1", "EX", seconds, "NX")))[0])

    async def count(self, key: str, *, seconds: int) -> int:
        """Add one to a counter that lives `seconds` from its first use. Raises as `first` does."""
        made, counted = await self._ask(("SET", key, 0, "EX", seconds, "NX"), ("INCR", key))
        if counted == 1 and not made:
            # It ran out between the two, and the new one has no end yet.
            await self._ask(("EXPIRE", key, seconds))
        return int(counted)

    async def _ask(self, *commands: Command) -> list[Any]:
        answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Question(commands, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all())
        return await answer

    async def close(self) -> None:
        if self._asking is not None:
            await self._asking
        await self._hang_up()

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                questions, self._waiting = self._waiting, []
                await self._settle(questions)
        finally:
            self._asking = None

    async def _settle(self, questions: list[_Question]) -> None:
        failure: Exception = Disconnected("no answer came")
        answers: list[list[Any]] = []
        try:
            answers = await self._exchange(questions)
        except (RedisError, OSError) as error:
            failure = error
        finally:
            # Whatever happened, nobody is left waiting.
            for question, answer in zip_longest(questions, answers):
                if question.answer.done():
                    continue
                if answer is None:
                    question.answer.set_exception(failure)
                else:
                    question.answer.set_result(answer)

    async def _exchange(self, questions: list[_Question]) -> list[list[Any]]:
        try:
            return await self._once(questions)
        except Disconnected:
            # The server was started again since the last question. Where it had taken this one, the second answer refuses: the safe side.
            return await self._once(questions)

    async def _once(self, questions: list[_Question]) -> list[list[Any]]:
        """One write, then an answer for each. A connection on which anything went wrong may hold answers nobody read: it is dropped."""
        whole = False
        try:
            if self._connection is None:
                self._connection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
                await self._connection.connect()
            connection = self._connection
            packed = [part for question in questions for command in question.commands for part in connection.pack_command(*command)]
            await connection.send_packed_command(packed, check_health=False)
            answers = [[await connection.read_response(disable_decoding=True) for _ in question.commands] for question in questions]
            whole = True
            return answers
        finally:
            if not whole:
                await self._hang_up()

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect()
