"""Looks at a sign-in from four sides and writes down what is odd; from a score on, people look into it. Nothing is ever refused here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.devices.models import Device
from identity.events import SignalRaised
from identity.moderation import kinds, reports, rules
from identity.moderation.kinds import ACCOUNT
from identity.ports import Distances
from identity.sessions.models import SignInSession
from identity.signals.models import Signal, SignalKind
from kernel.audit import record
from kernel.events import emit

REASON: Final = "fraud_signal"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIM_FRESH: Final = timedelta(hours=72)
SCORES: Final = {SignalKind.VELOCITY: 50, SignalKind.IMPOSSIBLE_TRAVEL: 80, SignalKind.SIM_CHANGE: 60, SignalKind.MANY_ACCOUNTS: 70}


@dataclass(frozen=True, slots=True)
class Found:
    """Something odd: `facts` are counts, kilometres and hours."""

    kind: SignalKind
    score: int
    facts: Mapping[str, Any]


async def consider(session: AsyncSession, session_id: UUID, distances: Distances) -> list[Signal]:
    """What is odd about this sign-in; each kind at most once a day per person."""
    row = await session.get(SignInSession, session_id)
    if row is None:
        return []
    limits = (await rules.in_force(session, rules.LIMITS, "fraud_signals")).parameters
    looked = (
        await _velocity(session, row, int(limits["sign_ins_per_hour"])),
        await _travel(session, row, distances, int(limits["kilometres_per_hour"])),
        await _accounts(session, row, int(limits["accounts_per_device"])),
    )
    return [made for found in looked if found and (made := await raise_signal(session, row.person_id, found, session_id=row.id))]


async def sim_changed(session: AsyncSession, person_id: UUID, session_id: UUID, changed_at: datetime | None) -> Signal | None:
    """A SIM that is hours old at a sign-in. `changed_at`: what the operator says, None where it says nothing."""
    if changed_at is None or now() - changed_at > SIM_FRESH:
        return None
    hours = int((now() - changed_at).total_seconds() // 3600)
    found = Found(SignalKind.SIM_CHANGE, SCORES[SignalKind.SIM_CHANGE], {"hours_old": hours})
    return await raise_signal(session, person_id, found, session_id=session_id)


async def raise_signal(session: AsyncSession, person_id: UUID, found: Found, *, session_id: UUID | None = None) -> Signal | None:
    """Writes the signal, and opens or joins a case from the rules' score on; None where the same was written within a day."""
    lately = exists().where(Signal.person_id == person_id, Signal.kind == found.kind, Signal.at > now() - DAY)
    if await session.scalar(select(lately)):
        return None
    least = int((await rules.in_force(session, rules.LIMITS, "fraud_signals")).parameters["case_score"])
    case_id = await _case(session, person_id) if found.score >= least else None
    row = Signal(
        person_id=person_id,
        kind=found.kind,
        score=min(100, found.score),
        facts=dict(found.facts),
        session_id=session_id,
        case_id=case_id,
        at=now(),
    )
    session.add(row)
    await session.flush()
    facts = {"kind": found.kind.value, "score": row.score}
    await record(session, actor="system:signals", action="signal.raised", subject=f"person:{person_id}", facts=facts)
    await emit(session, SignalRaised(row.id, person_id, found.kind.value, case_id))
    return row


async def _case(session: AsyncSession, person_id: UUID) -> UUID | None:
    found = await kinds.of(ACCOUNT).snapshot(session, person_id)
    if found is None:
        return None
    case_id = await reports.open_case(session, ACCOUNT, person_id, found, await rules.reason(session, REASON))
    await reports.weigh(session, case_id, found)
    return case_id


async def _velocity(session: AsyncSession, row: SignInSession, most: int) -> Found | None:
    counted = select(func.count()).select_from(SignInSession)
    lately = await session.scalar(counted.where(SignInSession.person_id == row.person_id, SignInSession.created_at > now() - HOUR))
    if lately is None or lately <= most:
        return None
    return Found(SignalKind.VELOCITY, min(100, SCORES[SignalKind.VELOCITY] + 2 * (lately - most)), {"sign_ins": lately, "allowed": most})


async def _travel(session: AsyncSession, row: SignInSession, distances: Distances, fastest: int) -> Found | None:
    if row.place is None:
        return None
    before = await session.scalar(
        select(SignInSession)
        .where(
            SignInSession.person_id == row.person_id,
            SignInSession.id != row.id,
            SignInSession.created_at <= row.created_at,
            SignInSession.place.is_not(None),
        )
        .order_by(SignInSession.created_at.desc())
        .limit(1)
    )
    if before is None or before.place is None or before.place == row.place:
        return None
    kilometres = distances.kilometres(before.place, row.place)
    hours = max((row.created_at - before.created_at).total_seconds() / 3600, 1 / 60)
    if kilometres is None or kilometres / hours <= fastest:
        return None
    return Found(
        SignalKind.IMPOSSIBLE_TRAVEL,
        SCORES[SignalKind.IMPOSSIBLE_TRAVEL],
        {"kilometres": round(kilometres), "minutes": round(hours * 60)},
    )


async def _accounts(session: AsyncSession, row: SignInSession, most: int) -> Found | None:
    if row.device_id is None:
        return None
    mine = select(Device.jkt).where(Device.id == row.device_id).scalar_subquery()
    people = await session.scalar(select(func.count(Device.person_id.distinct())).where(Device.jkt == mine))
    if people is None or people <= most:
        return None
    return Found(SignalKind.MANY_ACCOUNTS, SCORES[SignalKind.MANY_ACCOUNTS], {"accounts": people, "allowed": most})
