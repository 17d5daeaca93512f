"""Staff roles: administrators give and end them; everybody may see their own permissions."""

from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from identity.access import service
from identity.access.models import Role
from identity.access.schemas import RoleIn, RolesOut
from identity.access.service import OwnRole
from identity.api import people
from identity.api.people import PersonNotFound
from kernel.access import CallerDep, Person, Staff

router = Router(tags=["access"])


@router.get("/v1/me/permissions", audience=Person(), response_model=RolesOut)
async def my_permissions(session: Session, caller: CallerDep) -> RolesOut:
    return RolesOut(permissions=sorted(await service.permissions(session, caller.person)))


@router.post("/v1/staff/roles", audience=Staff("roles.grant"), status_code=204, problems=[OwnRole, PersonNotFound])
async def grant_role(body: RoleIn, session: Session, caller: CallerDep) -> None:
    """Give a person a staff role."""
    await people.card(session, body.person_id)
    await service.grant_role(session, body.person_id, body.role, granted_by=caller.person, area=body.area_id)


@router.delete("/v1/staff/roles/{person_id}/{role}", audience=Staff("roles.grant"), status_code=204, problems=[OwnRole, NotFound])
async def end_role(person_id: UUID, role: Role, session: Session, caller: CallerDep) -> None:
    """Take a staff role away."""
    if not await service.end_role(session, person_id, role, ended_by=caller.person):
        raise NotFound
