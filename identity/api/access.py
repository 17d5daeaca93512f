"""Staff roles and permissions, for the floors above."""

from identity.access.models import Role
from identity.access.service import allowed, grant_role, holders, permissions

__all__ = ["Role", "allowed", "grant_role", "holders", "permissions"]
