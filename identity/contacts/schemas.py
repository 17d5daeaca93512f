"""What the routes of telephone number and e-mail address take and answer."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out


class PhoneIn(In):
    number: str = Field(min_length=6, max_length=30, description="as people write it; without a country code it is Vietnamese")


class EmailIn(In):
    address: str = Field(min_length=6, max_length=254)


class FlowOut(Out):
    id: UUID
    hint: str = Field(description="what is shown of the number or address")
    expires_at: datetime


class ConfirmIn(In):
    flow_id: UUID
    code: str = Field(pattern="^[0-9]{6}$")


class ConfirmedOut(Out):
    hint: str
    vietnamese_mobile: bool
    trust_level: int


class EmailOut(Out):
    hint: str
