"""Writes movements whose sides add up to zero, and reads balances."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from payments.ledger.models import Account, AccountKind, Entry, Movement, MovementKind


class Unbalanced(ValueError):
    """The sides of a movement do not add up to zero, or one of them moves nothing."""


async def account(session: AsyncSession, kind: AccountKind, key: str) -> UUID:
    """The account of this kind and key, opened when it is first needed."""
    opened = insert(Account).values(id=new_id(), kind=kind, key=key, created_at=now()).on_conflict_do_nothing()
    await session.execute(opened)
    return (await session.scalars(select(Account.id).where(Account.kind == kind, Account.key == key))).one()


async def move(session: AsyncSession, kind: MovementKind, reference: str, sides: Mapping[UUID, int]) -> UUID:
    """One movement: whole đồng by account. Raises Unbalanced before the database does."""
    if len(sides) < 2 or sum(sides.values()) != 0 or 0 in sides.values():
        raise Unbalanced
    movement = Movement(id=new_id(), kind=kind, reference=reference, occurred_at=now())
    session.add(movement)
    await session.flush()
    session.add_all(Entry(movement_id=movement.id, account_id=account_id, amount=amount) for account_id, amount in sides.items())
    await session.flush()
    return movement.id


async def balance(session: AsyncSession, kind: AccountKind, key: str) -> int:
    """Whole đồng the house owes the account's holder; 0 for an account nobody has opened."""
    lines = select(func.coalesce(func.sum(Entry.amount), 0)).join(Account).where(Account.kind == kind, Account.key == key)
    return int(await session.scalar(lines) or 0)
