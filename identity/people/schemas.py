"""What a person sees of their own account."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import Out


class PhoneOut(Out):
    hint: str = Field(description="the last digits only")
    vietnamese_mobile: bool


class MeOut(Out):
    id: UUID
    display_name: str
    kind: Literal["resident", "foreigner", "tourist"]
    state: Literal["active", "pending", "locked", "closed"]
    level: int = Field(description="identity level (acr), 0 to 3")
    trust_level: int = Field(description="0 nothing, 1 phone, 2 identity level 2, 3 residence attested")
    demo: bool
    locale: Literal["vi", "en"]
    residence: UUID | None = Field(description="the administrative unit attested now")
    stay_ends_on: date | None
    phone: PhoneOut | None
