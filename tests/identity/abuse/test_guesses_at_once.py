"""Budgets hold when everything comes at once: guesses in parallel gain nothing over guesses in a row."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.contacts import service as contacts
from identity.contacts.addresses import Address
from identity.factors import passwords
from identity.factors.passwords import Passwords
from identity.people import service as people
from identity.people.models import Closing
from identity.recovery import proofs, service
from identity.recovery.models import Proof, Recovery, RecoveryState
from identity.recovery.service import ProofRefused
from identity.sessions.models import SignInSession
from identity.settings import settings
from identity.sign_in import service as sign_in
from identity.sign_in.passwords import Attempt, judge
from identity.sign_in.where import Where
from kernel.limits import TooMany
from kernel.pool import Pool
from tests.support.people import a_person

MAIL, GOOD = "lan@example.vn", "chiếc thuyền ngoài xa 1987"
WHERE = Where("203.0.113.9", "203.0.113.0/24", None, None, "a browser")


class Counting(Passwords):
    """Everybody's guess is looked at only when all have been let in, which is what a flood amounts to."""

    def __init__(self, right: str, guesses: int) -> None:
        self._right, self._barrier = right, asyncio.Barrier(guesses)

    async def fits(self, kept: str | None, password: str) -> bool:
        await self._barrier.wait()
        return kept is not None and password == self._right


async def _lan(database: Database) -> UUID:
    async with database.transaction() as session:
        person = await a_person(session)
        await contacts._take_email(session, person, Address(MAIL))
        await passwords.keep(session, person, GOOD, Passwords(Pool("test", workers=1)))
        return person


async def test_guesses_at_once_are_no_more_than_guesses_in_a_row(committed_db: Database) -> None:
    await _lan(committed_db)
    many = 12
    pool = Counting(GOOD, many)

    async def guess(number: int) -> str:
        try:
            async with committed_db.transaction() as session:
                found = await judge(session, Attempt(MAIL, f"guess number {number}", ""), pool, WHERE)
        except TooMany:
            return "too many"
        return "right" if found else "wrong"

    told = await asyncio.gather(*(guess(number) for number in range(many)))
    assert told.count("wrong") == settings().password_failures_per_account
    assert told.count("too many") == many - settings().password_failures_per_account


async def test_the_right_password_counts_for_nothing_once_the_budget_went_while_it_was_checked(committed_db: Database) -> None:
    await _lan(committed_db)
    many = settings().password_failures_per_account + 1
    pool = Counting(GOOD, many)
    spent = asyncio.Event()

    async def guess(password: str) -> str:
        try:
            async with committed_db.transaction() as session:
                found = await judge(session, Attempt(MAIL, password, ""), pool, WHERE)
        except TooMany:
            return "too many"
        return "right" if found else "wrong"

    class Late(Counting):
        async def fits(self, kept: str | None, password: str) -> bool:
            fitted = await pool.fits(kept, password)
            await spent.wait()
            return fitted

    async def last() -> str:
        try:
            async with committed_db.transaction() as session:
                found = await judge(session, Attempt(MAIL, GOOD, ""), Late(GOOD, 1), WHERE)
        except TooMany:
            return "too many"
        return "right" if found else "wrong"

    late = asyncio.ensure_future(last())
    await asyncio.gather(*(guess(f"guess {number}") for number in range(many - 1)))
    spent.set()
    assert await late == "too many"


async def test_recoveries_at_once_share_one_budget(committed_db: Database) -> None:
    person = await _lan(committed_db)
    many = settings().wrong_codes_per_hour + 4
    async with committed_db.transaction() as session:
        ids = [new_id() for _ in range(many)]
        for recovery_id in ids:
            session.add(
                Recovery(
                    id=recovery_id, person_id=person, state=RecoveryState.REQUESTED, secret_hash=recovery_id.bytes * 2, proofs=[],
                    network="203.0.113.0/24", locale="vi", expires_at=now() + timedelta(hours=1),
                )
            )  # fmt: skip
    looked = 0

    class Looking(Passwords):
        def __init__(self) -> None:
            pass

        async def fits(self, kept: str | None, password: str) -> bool:  # noqa: ARG002 (a guess is a guess)
            nonlocal looked
            looked += 1
            return False

    async def guess(recovery_id: UUID) -> None:
        async with committed_db.transaction() as session:
            row = await session.get_one(Recovery, recovery_id)
            with pytest.raises(ProofRefused):
                await proofs.by_password(session, row, "x", Looking())

    await asyncio.gather(*(guess(one) for one in ids))
    assert looked == settings().wrong_codes_per_hour


async def test_two_recoveries_proved_at_once_leave_one_that_waits(committed_db: Database) -> None:
    person = await _lan(committed_db)
    async with committed_db.transaction() as session:
        ids = [new_id(), new_id()]
        for recovery_id in ids:
            session.add(
                Recovery(
                    id=recovery_id, person_id=person, state=RecoveryState.REQUESTED, secret_hash=recovery_id.bytes * 2, proofs=["sms"],
                    network="203.0.113.0/24", locale="vi", expires_at=now() + timedelta(hours=1),
                )
            )  # fmt: skip
    ready = asyncio.Barrier(2)

    async def prove(recovery_id: UUID) -> None:
        async with committed_db.transaction() as session:
            row = await session.get_one(Recovery, recovery_id, with_for_update=True)
            await ready.wait()
            await service.proved(session, row, Proof.EMAIL)

    await asyncio.gather(*(prove(one) for one in ids))
    async with committed_db.session() as session:
        waiting = select(func.count()).select_from(Recovery).where(Recovery.state == RecoveryState.WAITING)
        assert await session.scalar(waiting) == 1


async def test_nobody_is_signed_in_while_their_account_closes(committed_db: Database) -> None:
    person = await _lan(committed_db)
    closing = asyncio.Event()

    async def close() -> None:
        async with committed_db.transaction() as session:
            await people.close(session, person, next(iter(Closing)))
            closing.set()
            await asyncio.sleep(0.3)

    async def enter() -> object:
        await closing.wait()
        async with committed_db.transaction() as session:
            return await sign_in.establish(session, person, amr=["hwk"], where=WHERE, current=None)

    _, entered = await asyncio.gather(close(), enter())
    assert entered is None
    async with committed_db.session() as session:
        alive = select(func.count()).select_from(SignInSession).where(SignInSession.ended_at.is_(None))
        assert await session.scalar(alive) == 0
