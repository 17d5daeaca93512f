"""What only two officers together may do to an account: merge two, undo that, and close one because its owner has died."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.access.models import RoleHolding
from identity.events import PersonsMerged, PersonsParted
from identity.moderation.relatives import related
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.people import moving, reindexing, service
from identity.people.levels import HIGHEST, UNPROVED
from identity.people.models import ActKind, ActState, Closing, Person, PersonAct, PersonDocument, PersonState
from identity.privacy.models import PrivacyRequest, RequestType
from kernel.access import NotAllowed
from kernel.audit import record
from kernel.events import emit

_OPEN = (ActState.SUGGESTED, ActState.PROPOSED)


class ActNotFound(Problem):
    code = "people.act_not_found"
    status = 404
    title = Text(vi="Không có đề nghị này", en="There is no such proposal")


class ActRefused(Problem):
    code = "people.act_refused"
    status = 409
    title = Text(vi="Không thể thực hiện đề nghị này", en="This proposal cannot be carried out")


async def propose_merge(session: AsyncSession, kept_id: UUID, gone_id: UUID, *, proposed_by: UUID, reference: str) -> PersonAct:
    """Proposes that two accounts are one person's: `gone_id` is to live on in `kept_id`.

    Raises ActRefused (not both here, staff, one proposed already), NotAllowed for one's own or a relative's.
    """
    await _require_stranger(session, proposed_by, {kept_id, gone_id})
    states = list(await session.scalars(select(Person.state).where(Person.id.in_([kept_id, gone_id]))))
    if kept_id == gone_id or len(states) != 2 or set(states) - {PersonState.ACTIVE, PersonState.LOCKED}:
        raise ActRefused
    await _require_no_office(session, gone_id)
    return await _propose(session, ActKind.MERGE, kept_id, gone_id, proposed_by, reference)


async def propose_undoing(session: AsyncSession, merge_id: UUID, *, proposed_by: UUID, reference: str) -> PersonAct:
    """Raises ActNotFound for what is no merge that stands, ActRefused, NotAllowed for one's own or a relative's."""
    merge = await session.scalar(_merges().where(PersonAct.id == merge_id, PersonAct.state == ActState.DONE))
    if merge is None:
        raise ActNotFound
    await _require_stranger(session, proposed_by, {merge.person_id, merge.other_id})
    if await session.scalar(select(Person.state).where(Person.id == merge.person_id)) is PersonState.CLOSED:
        raise ActRefused(Text(vi="Tài khoản được giữ lại đã đóng", en="The account that was kept is closed"))
    return await _propose(session, ActKind.UNDO_MERGE, merge.person_id, merge.other_id, proposed_by, reference)


async def propose_death(session: AsyncSession, person_id: UUID, *, proposed_by: UUID, reference: str) -> PersonAct:
    """`reference` is the entry of the death register. Raises ActRefused, NotAllowed for one's own or a relative's."""
    await _require_stranger(session, proposed_by, {person_id})
    state = await session.scalar(select(Person.state).where(Person.id == person_id))
    if state is None or state is PersonState.CLOSED:
        raise ActRefused
    return await _propose(session, ActKind.DEATH, person_id, None, proposed_by, reference)


async def suggest_merge(session: AsyncSession, kept_id: UUID, gone_id: UUID) -> None:
    """A likeness asks an officer to look whether two accounts are one person's; nothing else follows from it."""
    row = PersonAct(
        kind=ActKind.MERGE, state=ActState.SUGGESTED, person_id=kept_id, other_id=gone_id, reference="name and birth date", moved={}
    )
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:  # it is suggested already
        return


async def take_up(session: AsyncSession, act_id: UUID, *, proposed_by: UUID, reference: str) -> PersonAct:
    """An officer makes a suggestion their own proposal. Raises ActNotFound, NotAllowed, and what `propose_merge` raises."""
    row = await session.scalar(select(PersonAct).where(PersonAct.id == act_id, PersonAct.state == ActState.SUGGESTED).with_for_update())
    if row is None or row.other_id is None:
        raise ActNotFound
    kept_id, gone_id = row.person_id, row.other_id
    row.state, row.decided_at = ActState.REJECTED, now()
    await session.flush()
    return await propose_merge(session, kept_id, gone_id, proposed_by=proposed_by, reference=reference)


async def decide(session: AsyncSession, act_id: UUID, *, approve: bool, decided_by: UUID) -> PersonAct:
    """Another officer than the proposer carries it out or drops it; a suggestion can only be dropped.

    Raises ActNotFound, NotAllowed (one's own proposal or account), ActRefused where what was proposed cannot be done any longer.
    """
    row = await session.scalar(select(PersonAct).where(PersonAct.id == act_id, PersonAct.state.in_(_OPEN)).with_for_update())
    if row is None:
        raise ActNotFound
    if decided_by == row.proposed_by:
        raise NotAllowed
    await _require_stranger(session, decided_by, {row.person_id, row.other_id})
    if approve and row.state is ActState.SUGGESTED:
        raise ActRefused
    row.state, row.decided_by, row.decided_at = ActState.DONE if approve else ActState.REJECTED, decided_by, now()
    await session.flush()
    if approve:
        await {ActKind.MERGE: _merge, ActKind.UNDO_MERGE: _part, ActKind.DEATH: _bury}[row.kind](session, row)
        await session.refresh(row)
    await record(
        session,
        actor=f"person:{decided_by}",
        action=f"person.{row.kind.value}.{'done' if approve else 'rejected'}",
        subject=f"person:{row.person_id}",
        facts={"act": str(row.id), "other": str(row.other_id) if row.other_id else None, "proposed_by": str(row.proposed_by)},
    )
    return row


def waiting() -> Select[PersonAct]:
    """What an officer may look at: suggestions and proposals."""
    return select(PersonAct).where(PersonAct.state.in_(_OPEN))


async def _propose(
    session: AsyncSession, kind: ActKind, person_id: UUID, other_id: UUID | None, proposed_by: UUID, reference: str
) -> PersonAct:
    row = PersonAct(
        kind=kind, state=ActState.PROPOSED, person_id=person_id, other_id=other_id, reference=reference, proposed_by=proposed_by, moved={}
    )
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as twice:
        raise ActRefused(Text(vi="Đã có đề nghị đang chờ", en="There is a proposal already")) from twice
    facts = {"act": str(row.id), "other": str(other_id) if other_id else None}
    await record(session, actor=f"person:{proposed_by}", action=f"person.{kind.value}.proposed", subject=f"person:{person_id}", facts=facts)
    return row


async def _require_stranger(session: AsyncSession, officer: UUID, people: set[UUID | None]) -> None:
    """Raises NotAllowed for an officer's own account, and for those whose guardian or ward they are or were."""
    concerned = {person for person in people if person is not None}
    if officer in concerned or await related(session, officer, concerned):
        raise NotAllowed


async def _require_no_office(session: AsyncSession, person_id: UUID) -> None:
    if await session.scalar(select(exists().where(RoleHolding.person_id == person_id, RoleHolding.ended_at.is_(None)))):
        raise ActRefused(Text(vi="Cần thu hồi vai trò cán bộ trước", en="Staff roles must be ended first"))


async def _require_nothing_under_way(session: AsyncSession, people: set[UUID]) -> None:
    """An account whose person waits for its erasure or for a copy of it is not joined to another, nor another to it."""
    asked = exists().where(
        PrivacyRequest.person_id.in_(people),
        PrivacyRequest.type.in_((RequestType.ERASE, RequestType.ACCESS, RequestType.SUPPLY)),
        PrivacyRequest.client_id.is_(None),
        PrivacyRequest.ended_at.is_(None),
    )
    if await session.scalar(select(asked)):
        raise ActRefused(
            Text(
                vi="Một trong hai tài khoản đang chờ xóa hoặc chờ bản sao dữ liệu",
                en="One of the two accounts waits to be erased or copied",
            )
        )


async def _merge(session: AsyncSession, row: PersonAct) -> None:
    kept, gone = await _both(session, row)
    if gone is None or {kept.state, gone.state} - {PersonState.ACTIVE, PersonState.LOCKED}:
        raise ActRefused
    await _require_no_office(session, gone.id)
    await _require_nothing_under_way(session, {kept.id, gone.id})
    before: dict[str, Any] = {"state": gone.state.value, "level": gone.level, "kept_level": kept.level}
    kept_id, gone_id, act_id, level = kept.id, gone.id, row.id, max(kept.level, gone.level)
    # While it still has its channels: whoever holds them is the one who could say that this is wrong.
    await notices.tell(session, gone_id, NoticeKind.ACCOUNT_MERGED)
    moved = await moving.move(session, gone_id, kept_id)
    await service.close(session, gone_id, Closing.MERGED, merged_into=kept_id)
    await service.set_level(session, kept_id, level, because="merge")
    (await session.get_one(PersonAct, act_id)).moved = moved | {"before": before}
    await session.flush()
    await emit(session, PersonsMerged(kept_id, gone_id))


async def _part(session: AsyncSession, row: PersonAct) -> None:
    """The account that was closed stands again as it stood, with what was moved; sign-ins and mandates that ended stay ended."""
    kept, gone = await _both(session, row)
    merge = await session.scalar(
        _merges().where(PersonAct.person_id == row.person_id, PersonAct.other_id == row.other_id, PersonAct.state == ActState.DONE)
    )
    if gone is None or merge is None or gone.merged_into != kept.id or kept.state is PersonState.CLOSED:
        raise ActRefused
    before = merge.moved["before"]
    gone.state, gone.closed_at, gone.closed_because, gone.merged_into = PersonState(before["state"]), None, None, None
    merge.state = ActState.UNDONE
    kept_id, gone_id, level, merge_id, since = kept.id, gone.id, kept.level, merge.id, merge.decided_at
    await session.flush()
    await moving.move_back(session, await session.get_one(PersonAct, merge_id), gone_id, kept_id)
    await reindexing.hand_back(session, kept_id, gone_id)
    (await service.locked(session, gone_id)).level = min(before["level"], await _worth(session, gone_id, before["level"], since=since))
    alone = min(level, await _worth(session, kept_id, before["kept_level"], since=since))
    await service.set_level(session, kept_id, alone, because="merge_undone")
    await notices.tell(session, gone_id, NoticeKind.ACCOUNT_PARTED)
    await emit(session, PersonsParted(kept_id, gone_id))


async def _worth(session: AsyncSession, person_id: UUID, before: int, *, since: datetime | None) -> int:
    """The level somebody stands at alone: what they had, any proved `since`, and at most 1 where every document has lapsed."""
    stands = PersonDocument.superseded_at.is_(None), PersonDocument.lapsed_at.is_(None)
    counted = select(func.count(), func.count().filter(*stands), func.count().filter(*stands, PersonDocument.added_at > since))
    documents, standing, proved = (await session.execute(counted.where(PersonDocument.person_id == person_id))).one()
    if documents and not standing:
        return min(before, UNPROVED)
    return HIGHEST if proved else before


async def _bury(session: AsyncSession, row: PersonAct) -> None:
    await service.close(session, row.person_id, Closing.DEATH, by=row.decided_by)


async def _both(session: AsyncSession, row: PersonAct) -> tuple[Person, Person | None]:
    """Both rows, locked in one order, so that two merges cannot wait for each other."""
    found = {person_id: await service.locked(session, person_id) for person_id in sorted(filter(None, (row.person_id, row.other_id)))}
    return found[row.person_id], found.get(row.other_id) if row.other_id else None


def _merges() -> Select[PersonAct]:
    return select(PersonAct).where(PersonAct.kind == ActKind.MERGE).order_by(PersonAct.created_at.desc()).limit(1).with_for_update()
