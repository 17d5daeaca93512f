"""Roles in organisations: administrators give and end them, and one organisation may lend another a set of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.events import MandateGiven
from identity.mandates import acting
from identity.mandates.acting import MandateKind, MandateMissing
from identity.mandates.ending import end_lending, end_mandate
from identity.mandates.models import OrganisationDelegation, OrganisationMandate, OrganisationRole
from identity.organisations import service as organisations
from identity.organisations.service import OrganisationNotFound
from identity.people import queries as people
from identity.places import queries as places
from kernel.audit import record
from kernel.events import emit

LEVEL_NEEDED = 2


class MandateNotFound(Problem):
    code = "mandates.not_found"
    status = 404
    title = Text(vi="Không tìm thấy ủy quyền này", en="There is no such mandate")


class MandateRefused(Problem):
    code = "mandates.refused"
    status = 422
    title = Text(vi="Không thể lập ủy quyền này", en="This mandate cannot be given")


class LastAdministrator(Problem):
    code = "mandates.last_administrator"
    status = 409
    title = Text(vi="Tổ chức phải còn ít nhất một quản trị viên", en="An organisation keeps at least one administrator")


@dataclass(frozen=True, slots=True)
class NewMandate:
    """`valid_until` None: until it is ended. `area_id` limits an officer to a unit of the city."""

    organisation_id: UUID
    person_id: UUID
    role: OrganisationRole
    valid_until: datetime | None = None
    area_id: UUID | None = None


async def first_administrator(
    session: AsyncSession, organisation_id: UUID, person_id: UUID, *, confirmed_by: UUID | None
) -> OrganisationMandate:
    """The administrator an organisation begins with, named by an officer or by an operator's command.

    Raises PersonNotFound, MandateRefused.
    """
    return await _give(session, NewMandate(organisation_id, person_id, OrganisationRole.ADMINISTRATOR), by=confirmed_by, lending=None)


async def grant(session: AsyncSession, new: NewMandate, *, granted_by: UUID) -> OrganisationMandate:
    """Gives a role, in the organisation itself or under what was lent to the granter's.

    A role that is held already stays as it is. Raises OrganisationNotFound for whoever is no member, MandateMissing, MandateRefused,
    PersonNotFound, UnitNotFound.
    """
    lending = await _lending(session, new, granted_by) if not await _administers(session, granted_by, new.organisation_id) else None
    return await _give(session, new, by=granted_by, lending=lending)


async def end(session: AsyncSession, organisation_id: UUID, mandate_id: UUID, *, ended_by: UUID) -> None:
    """Ends a role at once; people may give up their own. Raises OrganisationNotFound, MandateNotFound, LastAdministrator."""
    await _lock(session, organisation_id)
    row = await session.scalar(
        select(OrganisationMandate)
        .where(
            OrganisationMandate.id == mandate_id,
            OrganisationMandate.organisation_id == organisation_id,
            OrganisationMandate.ended_at.is_(None),
        )
        .with_for_update()
    )
    if row is None or (row.person_id != ended_by and not await _may_end(session, row, ended_by)):
        await require_member(session, ended_by, organisation_id)
        raise MandateNotFound
    if row.role is OrganisationRole.ADMINISTRATOR and await _administrators(session, organisation_id) < 2:
        raise LastAdministrator
    await end_mandate(session, row, by=ended_by)


async def lend(
    session: AsyncSession,
    organisation_id: UUID,
    to_organisation_id: UUID,
    roles: Sequence[OrganisationRole],
    *,
    granted_by: UUID,
    valid_until: datetime | None,
) -> OrganisationDelegation:
    """Lends another organisation a set of roles, never the administration. Raises OrganisationNotFound, MandateMissing, MandateRefused."""
    await require_administrator(session, granted_by, organisation_id)
    await organisations.confirmed(session, to_organisation_id)
    if (
        organisation_id == to_organisation_id
        or OrganisationRole.ADMINISTRATOR in roles
        or (valid_until is not None and valid_until <= now())
    ):
        raise MandateRefused
    row = OrganisationDelegation(
        organisation_id=organisation_id,
        to_organisation_id=to_organisation_id,
        roles=sorted({role.value for role in roles}),
        granted_by=granted_by,
        valid_from=now(),
        valid_until=valid_until,
    )
    session.add(row)
    await session.flush()
    facts = {"lending": str(row.id), "to": str(to_organisation_id), "roles": row.roles}
    await record(session, actor=f"person:{granted_by}", action="mandate.lent", subject=f"organisation:{organisation_id}", facts=facts)
    return row


async def end_lent(session: AsyncSession, organisation_id: UUID, lending_id: UUID, *, ended_by: UUID) -> None:
    """Raises OrganisationNotFound, MandateMissing, MandateNotFound."""
    await require_administrator(session, ended_by, organisation_id)
    row = await session.scalar(
        select(OrganisationDelegation)
        .where(
            OrganisationDelegation.id == lending_id,
            OrganisationDelegation.organisation_id == organisation_id,
            OrganisationDelegation.ended_at.is_(None),
        )
        .with_for_update()
    )
    if row is None:
        raise MandateNotFound
    await end_lending(session, row, by=ended_by)


async def require_member(session: AsyncSession, person_id: UUID, organisation_id: UUID) -> acting.ActFor:
    """Raises OrganisationNotFound: whoever is no member does not learn that the organisation is here."""
    try:
        return await acting.acting_for(session, person_id, organisation_id)
    except MandateMissing as missing:
        raise OrganisationNotFound from missing


async def require_administrator(session: AsyncSession, person_id: UUID, organisation_id: UUID) -> None:
    """Raises OrganisationNotFound, or MandateMissing for a member without that role."""
    member = await require_member(session, person_id, organisation_id)
    if OrganisationRole.ADMINISTRATOR not in member.roles:
        raise MandateMissing


def members(organisation_id: UUID) -> Select[OrganisationMandate]:
    """The roles that are not ended, run out or not."""
    return select(OrganisationMandate).where(OrganisationMandate.organisation_id == organisation_id, OrganisationMandate.ended_at.is_(None))


def lendings(organisation_id: UUID) -> Select[OrganisationDelegation]:
    """What the organisation lends and is lent."""
    either = or_(OrganisationDelegation.organisation_id == organisation_id, OrganisationDelegation.to_organisation_id == organisation_id)
    return select(OrganisationDelegation).where(either, OrganisationDelegation.ended_at.is_(None))


async def _give(session: AsyncSession, new: NewMandate, *, by: UUID | None, lending: OrganisationDelegation | None) -> OrganisationMandate:
    await _require_sound(session, new, by)
    await _lock(session, new.organisation_id)
    held = await session.scalar(
        members(new.organisation_id).where(OrganisationMandate.person_id == new.person_id, OrganisationMandate.role == new.role)
    )
    if held is not None:
        if held.valid_until is None or held.valid_until > now():
            return held
        await end_mandate(session, held, by=None)  # it had run out; the job had not come by yet
    row = OrganisationMandate(
        organisation_id=new.organisation_id,
        person_id=new.person_id,
        role=new.role,
        area_id=new.area_id,
        delegation_id=lending.id if lending else None,
        granted_by=by,
        valid_from=now(),
        valid_until=new.valid_until,
    )
    session.add(row)
    await session.flush()
    actor = f"person:{by}" if by else "operator:command"
    facts = {"for": f"organisation:{row.organisation_id}", "role": row.role.value, "mandate": str(row.id)}
    await record(session, actor=actor, action="mandate.given", subject=f"person:{row.person_id}", facts=facts)
    await emit(session, MandateGiven(row.person_id, MandateKind.ORGANISATION.value, row.organisation_id))
    return row


async def _require_sound(session: AsyncSession, new: NewMandate, by: UUID | None) -> None:
    card = await people.card(session, new.person_id)
    if card.level < LEVEL_NEEDED or card.state != "active":
        raise MandateRefused(Text(vi="Người này chưa xác thực mức 2", en="This person has not reached identity level 2"))
    if new.person_id == by and new.role is OrganisationRole.ADMINISTRATOR:
        raise MandateRefused(Text(vi="Không thể tự trao quyền quản trị", en="Nobody gives themselves the administration"))
    if new.valid_until is not None and new.valid_until <= now():
        raise MandateRefused(Text(vi="Thời hạn đã qua", en="The end lies in the past"))
    if new.area_id is not None:
        await places.unit(session, new.area_id)


async def _lending(session: AsyncSession, new: NewMandate, granted_by: UUID) -> OrganisationDelegation:
    """What was lent to an organisation that the granter administers. Raises OrganisationNotFound, MandateMissing."""
    moment = now()
    rows = await session.scalars(
        lendings(new.organisation_id).where(
            OrganisationDelegation.organisation_id == new.organisation_id,
            OrganisationDelegation.valid_from <= moment,
            or_(OrganisationDelegation.valid_until.is_(None), OrganisationDelegation.valid_until > moment),
        )
    )
    lent = [row for row in rows if await _administers(session, granted_by, row.to_organisation_id)]
    if not lent:
        await require_member(session, granted_by, new.organisation_id)
        raise MandateMissing
    fitting = next((row for row in lent if new.role.value in row.roles), None)
    if fitting is None:
        raise MandateMissing
    return fitting


async def _may_end(session: AsyncSession, row: OrganisationMandate, person_id: UUID) -> bool:
    if await _administers(session, person_id, row.organisation_id):
        return True
    lending = await session.get(OrganisationDelegation, row.delegation_id) if row.delegation_id else None
    return lending is not None and await _administers(session, person_id, lending.to_organisation_id)


async def _administers(session: AsyncSession, person_id: UUID, organisation_id: UUID) -> bool:
    try:
        await acting.require_role(session, person_id, organisation_id, OrganisationRole.ADMINISTRATOR)
    except MandateMissing:
        return False
    return True


async def _administrators(session: AsyncSession, organisation_id: UUID) -> int:
    current = members(organisation_id).where(
        OrganisationMandate.role == OrganisationRole.ADMINISTRATOR,
        or_(OrganisationMandate.valid_until.is_(None), OrganisationMandate.valid_until > now()),
    )
    return await session.scalar(select(func.count()).select_from(current.subquery())) or 0


async def _lock(session: AsyncSession, organisation_id: UUID) -> None:
    """One change of an organisation's roles at a time: two administrators must not end each other at once."""
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(organisation_id.bytes[-7:], "big"))))
