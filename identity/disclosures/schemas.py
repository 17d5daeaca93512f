"""What the person sees of who read their data: never a value."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out, Prose


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


class ReportIn(In):
    note: Prose | None = None


class ReportedOut(Out):
    id: UUID
    created_at: datetime


class DelayOut(Out):
    """A class of investigation whose readings are told late."""

    code: str
    text_vi: str
    text_en: str
    legal_basis: str
    most_days: int


class DelaysOut(Out):
    delays: list[DelayOut]


class OrderIn(In):
    person_id: UUID
    delay: str = Field(max_length=60, pattern="^[a-z_]+$")
    days: int = Field(ge=1, le=3650, description="after which the person is told")
    reference: str = Field(min_length=1, max_length=200)


class OrderOut(Out):
    id: UUID
    reference: str
    visible_from: datetime
    ends_at: datetime
    proposed_at: datetime
    approved_at: datetime | None


class ReadOut(Out):
    values: dict[str, str]
