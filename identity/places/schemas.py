"""What the places routes answer."""

from datetime import date
from uuid import UUID

from hanoismart.server.schemas import Out


class UnitOut(Out):
    id: UUID
    code: str
    kind: str
    name: str
    valid_from: date
    valid_to: date | None
    legal_basis: str
