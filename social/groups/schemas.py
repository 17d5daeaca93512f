"""Groups as an app lists them."""

from uuid import UUID

from hanoismart.server.schemas import Out
from social.groups.models import GroupKind, Reading


class GroupOut(Out):
    id: UUID
    key: str
    kind: GroupKind
    reading: Reading
    admin_unit_id: UUID | None
    name: str
    about: str
    member: bool
    """Whether the caller is in it, and may be at this moment."""
