"""The books add up, whoever writes to them."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from hanoismart.ids import new_id
from hanoismart.server.database import Database
from payments.ledger.models import AccountKind, Entry, Movement, MovementKind
from payments.ledger.service import Unbalanced, account, balance, move

AMOUNTS = st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=6)


async def accounts(database: Database, count: int) -> list[UUID]:
    async with database.transaction() as session:
        return [await account(session, AccountKind.ESCROW, f"key {number}") for number in range(count)]


def test_a_movement_of_random_sides_is_kept_or_refused(db: Database) -> None:
    """Hypothesis drives the pure rule; the database's own is below."""

    @given(AMOUNTS)
    def rule(amounts: list[int]) -> None:
        sides = {new_id(): amount for amount in [*amounts, -sum(amounts)]}
        balanced = 0 not in sides.values()
        coroutine = move(None, MovementKind.TRANSFER, "test", sides)  # type: ignore[arg-type]  # the rule comes before any use
        with pytest.raises(AttributeError if balanced else Unbalanced):
            coroutine.send(None)

    rule()


@pytest.mark.parametrize("sides", [[], [5], [5, -4], [5, -5, 0]])
async def test_sides_that_do_not_add_up_are_refused(db: Database, sides: Sequence[int]) -> None:
    opened = await accounts(db, len(sides))
    async with db.session() as session:
        with pytest.raises(Unbalanced):
            await move(session, MovementKind.TRANSFER, "test", dict(zip(opened, sides, strict=True)))


@pytest.mark.parametrize("sides", [[], [5], [5, -4]])
async def test_the_database_refuses_them_at_the_commit(committed_db: Database, sides: Sequence[int]) -> None:
    opened = await accounts(committed_db, len(sides))

    async def write() -> None:
        async with committed_db.transaction() as session:
            movement = Movement(kind=MovementKind.TRANSFER, reference="test")
            session.add(movement)
            await session.flush()
            session.add_all(Entry(movement_id=movement.id, account_id=held, amount=side) for held, side in zip(opened, sides, strict=True))

    with pytest.raises(IntegrityError):
        await write()


async def test_balances_are_the_sum_of_what_moved(db: Database) -> None:
    one, two, three = await accounts(db, 3)
    async with db.transaction() as session:
        await move(session, MovementKind.TRANSFER, "test", {one: -100, two: 60, three: 40})
        await move(session, MovementKind.TRANSFER, "test", {two: -10, one: 10})
        assert [await balance(session, AccountKind.ESCROW, f"key {number}") for number in range(3)] == [-90, 50, 40]
        assert await balance(session, AccountKind.SUSPENSE, "nobody") == 0
        assert await session.scalar(select(func.sum(Entry.amount))) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments.entry SET amount = amount + 1",
        "DELETE FROM payments.entry",
        "TRUNCATE payments.entry",
        "UPDATE payments.movement SET reference = 'other'",
        "DELETE FROM payments.movement",
    ],
)
async def test_what_is_written_stays(committed_db: Database, statement: str) -> None:
    one, two = await accounts(committed_db, 2)
    async with committed_db.transaction() as session:
        await move(session, MovementKind.TRANSFER, "test", {one: -100, two: 100})
    async with committed_db.session() as session:
        with pytest.raises(IntegrityError):
            await session.execute(text(statement))


async def test_no_line_is_added_to_an_old_movement_even_in_pairs(committed_db: Database) -> None:
    one, two = await accounts(committed_db, 2)
    async with committed_db.transaction() as session:
        movement_id = await move(session, MovementKind.TRANSFER, "test", {one: -100, two: 100})
    async with committed_db.session() as session:
        session.add_all(
            [Entry(movement_id=movement_id, account_id=one, amount=-5), Entry(movement_id=movement_id, account_id=two, amount=5)]
        )
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_two_who_open_the_same_account_get_one(db: Database) -> None:
    first, second = await accounts(db, 1), await accounts(db, 1)
    assert first == second
