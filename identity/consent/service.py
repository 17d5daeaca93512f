"""Gives, checks and withdraws consent. Silence is not consent, and nothing here can tick a box for anybody."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.text import Text
from identity.consent.models import Consent, ConsentReceipt
from identity.events import ConsentWithdrawn
from kernel.audit import record
from kernel.events import emit


@dataclass(frozen=True, slots=True)
class Ask:
    """One scope and why the client wants it, word for word as the person is shown it."""

    scope: str
    purpose: Text

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(f"{self.purpose.vi}\x1f{self.purpose.en}".encode()).digest()


async def granted(session: AsyncSession, person_id: UUID, client_id: str) -> frozenset[str]:
    """Scopes with an open consent, whatever its purpose text; use `missing` to check a manifest's own words."""
    rows = await session.scalars(_open(person_id, client_id))
    return frozenset(row.scope for row in rows)


async def missing(session: AsyncSession, person_id: UUID, client_id: str, asks: Sequence[Ask]) -> list[Ask]:
    """What of `asks` the person has not agreed to in exactly these words."""
    rows = await session.scalars(_open(person_id, client_id))
    held = {(row.scope, bytes(row.purpose_hash)) for row in rows}
    return [ask for ask in asks if (ask.scope, ask.digest) not in held]


def _open(person_id: UUID, client_id: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 (a Select of the model)
    return select(Consent).where(Consent.person_id == person_id, Consent.client_id == client_id, Consent.withdrawn_at.is_(None))


async def grant(session: AsyncSession, person_id: UUID, client_id: str, asks: Sequence[Ask], *, request_id: str | None) -> UUID:
    """Write what the person agreed to; returns the receipt. Agreeing twice to the same words changes nothing."""
    receipt = ConsentReceipt(id=new_id(), person_id=person_id, client_id=client_id, request_id=request_id, given_by=person_id)
    session.add(receipt)
    await session.flush()
    for ask in asks:
        row = insert(Consent).values(
            id=new_id(),
            receipt_id=receipt.id,
            person_id=person_id,
            client_id=client_id,
            scope=ask.scope,
            purpose_hash=ask.digest,
            purpose_vi=ask.purpose.vi,
            purpose_en=ask.purpose.en,
            given_at=now(),
        )
        await session.execute(row.on_conflict_do_nothing())
    facts = {"client": client_id, "scopes": sorted(ask.scope for ask in asks), "receipt": str(receipt.id)}
    await record(session, actor=f"person:{person_id}", action="consent.given", subject=f"person:{person_id}", facts=facts)
    return receipt.id


async def withdraw(session: AsyncSession, person_id: UUID, client_id: str, scopes: Collection[str] | None = None) -> int:
    """Close the person's consents for a client (all, or these scopes); returns how many were open."""
    statement = update(Consent).where(Consent.person_id == person_id, Consent.client_id == client_id, Consent.withdrawn_at.is_(None))
    if scopes is not None:
        statement = statement.where(Consent.scope.in_(scopes))
    closed = (await session.scalars(statement.values(withdrawn_at=now()).returning(Consent.scope))).all()
    if closed:
        facts = {"client": client_id, "scopes": sorted(closed)}
        await record(session, actor=f"person:{person_id}", action="consent.withdrawn", subject=f"person:{person_id}", facts=facts)
        await emit(session, ConsentWithdrawn(person_id=person_id, client_id=client_id))
    return len(closed)
