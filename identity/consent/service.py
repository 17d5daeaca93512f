"""Gives, checks and withdraws consent. Silence is not consent, and nothing here can tick a box for anybody."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.text import Text
from identity.consent.models import Consent, ConsentReceipt
from identity.events import ConsentWithdrawn
from identity.mandates.acting import guardians_of
from identity.oauth.models import Grant
from identity.sessions import service as sessions
from identity.sessions.models import RevocationKind
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


def _open(person_id: UUID, client_id: str) -> Select[Consent]:
    """What counts now: not withdrawn, and for a ward agreed to by both."""
    both = or_(~Consent.two_parties, Consent.own_at.is_not(None) & Consent.represented_at.is_not(None))
    return select(Consent).where(Consent.person_id == person_id, Consent.client_id == client_id, Consent.withdrawn_at.is_(None), both)


async def grant(
    session: AsyncSession,
    person_id: UUID,
    client_id: str,
    asks: Sequence[Ask],
    *,
    request_id: str | None,
    by: UUID | None = None,
) -> UUID:
    """Write what the person agreed to; returns the receipt. Agreeing twice to the same words changes nothing.

    `by`: the representative, where they agree for a ward. A ward's consent counts when both have agreed (Law 91/2025/QH15 Art. 24).
    """
    giver = by or person_id
    receipt = ConsentReceipt(id=new_id(), person_id=person_id, client_id=client_id, request_id=request_id, given_by=giver)
    session.add(receipt)
    await session.flush()
    two = bool(await guardians_of(session, person_id))
    moment = now()
    party = {"own_at": moment} if giver == person_id else {"representative_id": giver, "represented_at": moment}
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
            given_at=moment,
            two_parties=two,
            **party,
        )
        again = row.on_conflict_do_update(
            index_elements=[Consent.person_id, Consent.client_id, Consent.scope, Consent.purpose_hash],
            index_where=text("withdrawn_at IS NULL"),
            set_=party,
            where=Consent.two_parties.is_(True),
        )
        await session.execute(again)
    facts = {"client": client_id, "scopes": sorted(ask.scope for ask in asks), "receipt": str(receipt.id)}
    await record(session, actor=f"person:{giver}", action="consent.given", subject=f"person:{person_id}", facts=facts)
    return receipt.id


async def represent(session: AsyncSession, ward_id: UUID, consent_id: UUID, guardian_id: UUID) -> bool:
    """The representative's half of a consent the ward has given; False where there is none that waits for it."""
    row = await session.scalar(
        select(Consent).where(
            Consent.id == consent_id,
            Consent.person_id == ward_id,
            Consent.two_parties,
            Consent.withdrawn_at.is_(None),
            Consent.represented_at.is_(None),
        )
    )
    if row is None:
        return False
    ask = Ask(row.scope, Text(vi=row.purpose_vi, en=row.purpose_en))
    await grant(session, ward_id, row.client_id, [ask], request_id=None, by=guardian_id)
    return True


async def withdraw(
    session: AsyncSession, person_id: UUID, client_id: str, scopes: Collection[str] | None = None, *, by: UUID | None = None
) -> int:
    """Close the person's consents for a client (all, or these scopes); returns how many were open.

    Every grant of the client ends with it: its refresh tokens at once, its access tokens as soon as each process has read the
    revocation, which is within seconds. `by`: a representative, whose word alone is enough.
    """
    actor = by or person_id
    statement = update(Consent).where(Consent.person_id == person_id, Consent.client_id == client_id, Consent.withdrawn_at.is_(None))
    if scopes is not None:
        statement = statement.where(Consent.scope.in_(scopes))
    closed = (await session.scalars(statement.values(withdrawn_at=now(), withdrawn_by=actor).returning(Consent.scope))).all()
    if closed:
        await _end_grants(session, person_id, client_id)
        facts = {"client": client_id, "scopes": sorted(closed)}
        await record(session, actor=f"person:{actor}", action="consent.withdrawn", subject=f"person:{person_id}", facts=facts)
        await emit(session, ConsentWithdrawn(person_id=person_id, client_id=client_id))
    return len(closed)


async def receipts(session: AsyncSession, found: Sequence[ConsentReceipt]) -> list[dict[str, Any]]:
    """What was agreed to in each act, word for word, and whether it still counts."""
    rows = await session.scalars(select(Consent).where(Consent.receipt_id.in_([one.id for one in found])).order_by(Consent.scope))
    by_receipt: dict[UUID, list[Consent]] = {}
    for row in rows:
        by_receipt.setdefault(row.receipt_id, []).append(row)
    return [_receipt(one, by_receipt.get(one.id, [])) for one in found]


def _receipt(one: ConsentReceipt, given: Sequence[Consent]) -> dict[str, Any]:
    return {
        "id": one.id,
        "client_id": one.client_id,
        "given_at": one.given_at,
        "given_by_representative": one.given_by != one.person_id,
        "request_id": one.request_id,
        "consents": [
            {
                "scope": row.scope,
                "purpose_vi": row.purpose_vi,
                "purpose_en": row.purpose_en,
                "purpose_sha256": bytes(row.purpose_hash).hex(),
                "withdrawn_at": row.withdrawn_at,
            }
            for row in given
        ],
    }


async def _end_grants(session: AsyncSession, person_id: UUID, client_id: str) -> None:
    """Refresh tokens die with their grant; access tokens by the revocation every process reads each second."""
    living = update(Grant).where(Grant.person_id == person_id, Grant.client_id == client_id, Grant.revoked_at.is_(None))
    await session.execute(living.values(revoked_at=now(), revoked_because="consent_withdrawn"))
    sessions.revoke(session, RevocationKind.CONSENT, f"{person_id}:{client_id}")
