"""Registering, confirming and finding organisations."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.organisations import models
from identity.organisations.models import OrganisationKind, OrganisationState
from identity.organisations.tax_codes import is_tax_code
from kernel.access import NotAllowed
from kernel.audit import record
from kernel.limits import spend

REGISTERED_A_DAY: Final = 5


class OrganisationNotFound(Problem):
    code = "organisations.not_found"
    status = 404
    title = Text(vi="Không tìm thấy tổ chức", en="There is no such organisation")


class OrganisationKnown(Problem):
    code = "organisations.known"
    status = 409
    title = Text(vi="Tổ chức này đã được đăng ký", en="This organisation is registered already")


class OrganisationRefused(Problem):
    code = "organisations.refused"
    status = 422
    title = Text(vi="Mã số thuế hoặc mã cơ quan không hợp lệ", en="The tax code or agency code is not valid")


@dataclass(frozen=True, slots=True)
class Organisation:
    """`code` is the agency code (`H26.15`), or an enterprise's own in the same grammar."""

    id: UUID
    code: str
    name: Text
    kind: OrganisationKind


async def organisation(session: AsyncSession, organisation_id: UUID) -> Organisation:
    """Raises OrganisationNotFound."""
    found = await session.get(models.Organisation, organisation_id)
    if found is None:
        raise OrganisationNotFound
    return _of(found)


async def by_code(session: AsyncSession, code: str) -> Organisation:
    """Raises OrganisationNotFound."""
    found = await session.scalar(select(models.Organisation).where(models.Organisation.code == code))
    if found is None:
        raise OrganisationNotFound
    return _of(found)


async def ensure(session: AsyncSession, code: str, name: Text, kind: OrganisationKind | str) -> Organisation:
    """The organisation of this code, made where it is not there, renamed where its name has changed.

    Raises ValueError for an unknown kind; the database refuses a code outside the grammar of Decision 20/2020/QĐ-TTg.
    """
    values = {"name_vi": name.vi, "name_en": name.en, "kind": OrganisationKind(kind)}
    row = insert(models.Organisation).values(id=new_id(), code=code, created_at=now(), **values)
    await session.execute(row.on_conflict_do_update(index_elements=[models.Organisation.code], set_=values))
    return await by_code(session, code)


async def register(session: AsyncSession, code: str, name: Text, kind: OrganisationKind, *, registered_by: UUID) -> models.Organisation:
    """A person registers what they act for: an enterprise by its tax code, an agency by its code; it waits for an officer.

    Raises OrganisationRefused, OrganisationKnown, TooMany: a code is taken while it waits, and an officer looks at each.
    """
    await spend(session, f"organisations:{registered_by}", limit=REGISTERED_A_DAY, window=timedelta(days=1))
    if kind is OrganisationKind.CITY or is_tax_code(code) is not (kind is OrganisationKind.ENTERPRISE):
        raise OrganisationRefused
    row = models.Organisation(
        id=new_id(),
        code=code,
        name_vi=name.vi,
        name_en=name.en,
        kind=kind,
        state=OrganisationState.PENDING,
        tax_code=code if kind is OrganisationKind.ENTERPRISE else None,
        registered_by=registered_by,
    )
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        raise OrganisationKnown from error
    await _written(session, row, registered_by, "organisation.registered")
    return row


async def confirm(session: AsyncSession, organisation_id: UUID, *, confirmed_by: UUID) -> UUID:
    """An officer confirms it against the register; returns who registered it. Raises OrganisationNotFound, NotAllowed for one's own."""
    row = await session.scalar(waiting().where(models.Organisation.id == organisation_id).with_for_update())
    if row is None or row.registered_by is None:
        raise OrganisationNotFound
    if row.registered_by == confirmed_by:
        raise NotAllowed
    row.state, row.confirmed_by, row.confirmed_at = OrganisationState.CONFIRMED, confirmed_by, now()
    await _written(session, row, confirmed_by, "organisation.confirmed")
    return row.registered_by


async def reject(session: AsyncSession, organisation_id: UUID, *, rejected_by: UUID) -> None:
    """Removes a registration, so that its code is free again. Raises OrganisationNotFound, NotAllowed for one's own."""
    row = await session.scalar(waiting().where(models.Organisation.id == organisation_id).with_for_update())
    if row is None:
        raise OrganisationNotFound
    if row.registered_by == rejected_by:
        raise NotAllowed
    await _written(session, row, rejected_by, "organisation.rejected")
    await session.delete(row)
    await session.flush()


async def confirmed(session: AsyncSession, organisation_id: UUID) -> Organisation:
    """Raises OrganisationNotFound, also for one that waits for an officer."""
    found = await session.get(models.Organisation, organisation_id)
    if found is None or found.state is not OrganisationState.CONFIRMED:
        raise OrganisationNotFound
    return _of(found)


def waiting() -> Select[models.Organisation]:
    """What people registered and no officer has looked at."""
    return select(models.Organisation).where(models.Organisation.state == OrganisationState.PENDING)


async def _written(session: AsyncSession, row: models.Organisation, by: UUID, action: str) -> None:
    await session.flush()
    await record(session, actor=f"person:{by}", action=action, subject=f"organisation:{row.id}", facts={"code": row.code})


def _of(row: models.Organisation) -> Organisation:
    return Organisation(row.id, row.code, Text(vi=row.name_vi, en=row.name_en), row.kind)
