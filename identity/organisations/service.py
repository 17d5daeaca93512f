"""Registering and finding organisations."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.organisations import models
from identity.organisations.models import OrganisationKind


class OrganisationNotFound(Problem):
    code = "organisations.not_found"
    status = 404
    title = Text(vi="Không tìm thấy tổ chức", en="There is no such organisation")


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


def _of(row: models.Organisation) -> Organisation:
    return Organisation(row.id, row.code, Text(vi=row.name_vi, en=row.name_en), row.kind)
