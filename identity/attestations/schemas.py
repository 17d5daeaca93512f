"""What the attestation routes take and answer."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Line, Out

Kind = Literal["residence", "student", "elderly", "disability", "poor_household", "investor"]


class AttestationIn(In):
    person_id: UUID
    kind: Kind
    organisation_id: UUID
    unit_id: UUID | None = Field(None, description="the commune of a residence")
    valid_from: date
    valid_to: date = Field(description="the last day")
    reference: Line = Field(description="the decision or register entry it rests on")


class AttestationOut(Out):
    id: UUID
    kind: Kind
    organisation_id: UUID
    unit_id: UUID | None
    valid_from: date
    valid_to: date
    reference: str
    created_at: datetime
    revoked_at: datetime | None
