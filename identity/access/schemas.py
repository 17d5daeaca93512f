"""Roles over HTTP."""

from uuid import UUID

from hanoismart.server.schemas import In, Out
from identity.access.models import Role


class RoleIn(In):
    person_id: UUID
    role: Role
    area_id: UUID | None = None


class RolesOut(Out):
    permissions: list[str]
