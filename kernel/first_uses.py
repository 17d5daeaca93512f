"""Asks Redis which one-time keys are new: what gathers while one question is under way goes out as the next, in one write.

A proof of possession comes with every signed read, so this is the one use of Redis whose cost every request pays: a connection of its
own takes a third of what a command through the pool does.
"""

import asyncio
from itertools import zip_longest
from typing import NamedTuple

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError


class _Question(NamedTuple):
    key: str
    seconds: int
    answer: asyncio.Future[bool]


class FirstUses:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._connection: AbstractConnection | None = None
        self._waiting: list[_Question] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, key: str, *, seconds: int) -> bool:
        """True when the key was not there and is now, for `seconds`. Raises RedisError or OSError when nobody can say."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Question(key, seconds, answer))
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
        answers: list[bool] = []
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

    async def _exchange(self, questions: list[_Question]) -> list[bool]:
        try:
            return await self._once(questions)
        except Disconnected:
            # The server was started again since the last question. Where it had taken this one, the second answer refuses: the safe side.
            return await self._once(questions)

    async def _once(self, questions: list[_Question]) -> list[bool]:
        """One write, then an answer for each. A connection on which anything went wrong may hold answers nobody read: it is dropped."""
        whole = False
        try:
            if self._connection is None:
                self._connection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
                await self._connection.connect()
            connection = self._connection
            packed = [
                part for question in questions for part in connection.pack_command("SET", question.key, b"1", "EX", question.seconds, "NX")
            ]
            await connection.send_packed_command(packed, check_health=False)
            answers = [bool(await connection.read_response(disable_decoding=True)) for _ in questions]
            whole = True
            return answers
        finally:
            if not whole:
                await self._hang_up()

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect()
