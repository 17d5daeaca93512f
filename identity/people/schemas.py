"""What a person sees of their own account."""

from datetime import date, datetime
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
    age: Literal["under_14", "under_16", "under_18", "adult"] = Field(description="what the law asks of the age, never the date of birth")
    phone: PhoneOut | None


class LevelOut(Out):
    level: int = Field(description="identity level (acr), 0 to 3")


class DocumentOut(Out):
    """A document under the account: never its number."""

    id: UUID
    kind: Literal["cccd", "passport", "residence_card", "vneid"]
    evidence: Literal["chip", "vneid", "counter"]
    original: bool = Field(description="its chip proved that it is no copy")
    issuer: str
    expires_on: date | None
    added_at: datetime
    superseded_at: datetime | None


class ActOut(Out):
    id: UUID
    kind: Literal["merge", "undo_merge", "death"]
    state: Literal["suggested", "proposed", "done", "rejected", "undone"]
    person_id: UUID
    other_id: UUID | None
    reference: str
    proposed_by: UUID | None
    created_at: datetime
