"""Gives, ends and reads staff roles; every change is audited, and nobody changes their own."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.access.models import Role, RoleHolding
from identity.access.policies import permissions_of
from kernel.audit import record


class OwnRole(Problem):
    code = "access.own_role"
    status = 403
    title = Text(vi="Không thể tự thay đổi vai trò của mình", en="Nobody changes their own roles")


async def permissions(session: AsyncSession, person_id: UUID) -> frozenset[str]:
    """What the person may do as staff now."""
    roles = await session.scalars(select(RoleHolding.role).where(RoleHolding.person_id == person_id, RoleHolding.ended_at.is_(None)))
    return permissions_of(roles.all())


async def areas(session: AsyncSession, person_id: UUID, permission: str) -> frozenset[UUID] | None:
    """The administrative units a permission is limited to; None where some role gives it for the whole city.

    It asks where, not whether: a route's audience has asked for the permission before.
    """
    held = await session.execute(
        select(RoleHolding.role, RoleHolding.area_id).where(RoleHolding.person_id == person_id, RoleHolding.ended_at.is_(None))
    )
    giving = [row.area_id for row in held if permission in permissions_of([row.role])]
    return frozenset(giving) if giving and None not in giving else None


async def allowed(session: AsyncSession, permission: str) -> list[UUID]:
    """Everybody whose roles give the permission, for alarms."""
    giving = [role for role in Role if permission in permissions_of([role])]
    rows = await session.scalars(
        select(RoleHolding.person_id).where(RoleHolding.role.in_(giving), RoleHolding.ended_at.is_(None)).distinct()
    )
    return sorted(rows)


async def grant_role(session: AsyncSession, person_id: UUID, role: Role, *, granted_by: UUID | None, area: UUID | None = None) -> None:
    """Give a role; one that is held already stays as it is. Raises OwnRole."""
    if granted_by == person_id:
        raise OwnRole
    same_area = RoleHolding.area_id.is_(None) if area is None else RoleHolding.area_id == area
    open_row = select(RoleHolding.id).where(
        RoleHolding.person_id == person_id, RoleHolding.role == role, RoleHolding.ended_at.is_(None), same_area
    )
    if await session.scalar(open_row):
        return
    row = insert(RoleHolding).values(id=new_id(), person_id=person_id, role=role, area_id=area, granted_by=granted_by, granted_at=now())
    if await session.scalar(row.on_conflict_do_nothing().returning(RoleHolding.id)) is None:  # somebody else gave it this very moment
        return
    actor = f"person:{granted_by}" if granted_by else "operator:command"
    await record(session, actor=actor, action="role.granted", subject=f"person:{person_id}", facts={"role": role.value})


async def end_role(session: AsyncSession, person_id: UUID, role: Role, *, ended_by: UUID) -> bool:
    """Take a role away everywhere; False when it was not held. Raises OwnRole."""
    if ended_by == person_id:
        raise OwnRole
    ended = await session.scalars(
        update(RoleHolding)
        .where(RoleHolding.person_id == person_id, RoleHolding.role == role, RoleHolding.ended_at.is_(None))
        .values(ended_at=now())
        .returning(RoleHolding.id)
    )
    if not ended.all():
        return False
    await record(session, actor=f"person:{ended_by}", action="role.ended", subject=f"person:{person_id}", facts={"role": role.value})
    return True


async def holders(session: AsyncSession, role: Role) -> list[UUID]:
    """Who holds the role now, wherever."""
    rows = await session.scalars(select(RoleHolding.person_id).where(RoleHolding.role == role, RoleHolding.ended_at.is_(None)).distinct())
    return list(rows)
