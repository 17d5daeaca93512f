"""What the person sees of who read their data: never a value."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from hanoismart.server.schemas import Out


class TextOut(Out):
    vi: str
    en: str


class DisclosureOut(Out):
    id: UUID
    at: datetime
    reader: Literal["client", "staff", "agency"]
    organisation: TextOut
    role: str
    attributes: list[str]
    purpose_code: str
    purpose: TextOut
    legal_basis: str
    request_id: str | None
    outcome: Literal["read", "failed"]
