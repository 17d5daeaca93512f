"""What the mandate routes take and answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from hanoismart.server.schemas import In, Line, Out

RoleName = Literal["administrator", "representative", "officer", "clerk", "accountant", "developer"]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=128)]


class TextOut(Out):
    vi: str
    en: str


class ActForOut(Out):
    """Somebody the caller may act for at present; `kind` and `id` go into `act_for` when a mini-app is opened."""

    kind: Literal["organisation", "ward", "delegator"]
    id: UUID
    name: TextOut
    roles: list[str]
    until: datetime | None


class MandatesOut(Out):
    items: list[ActForOut]


class MemberIn(In):
    person_id: UUID
    role: RoleName
    valid_until: AwareDatetime | None = None
    area_id: UUID | None = Field(None, description="the unit an officer is limited to")


class MemberOut(Out):
    id: UUID
    person_id: UUID
    role: RoleName
    area_id: UUID | None
    delegation_id: UUID | None = Field(description="what was lent, where the role comes from another organisation's lending")
    valid_from: datetime
    valid_until: datetime | None


class LendingIn(In):
    to_organisation_id: UUID
    roles: Annotated[list[Literal["representative", "officer", "clerk", "accountant", "developer"]], Field(min_length=1, max_length=5)]
    valid_until: AwareDatetime | None = None


class LendingOut(Out):
    id: UUID
    organisation_id: UUID
    to_organisation_id: UUID
    roles: list[str]
    valid_from: datetime
    valid_until: datetime | None


class OrganisationIn(In):
    """An enterprise by its tax code (10 or 13 digits), an agency by its code (`H26.15`)."""

    kind: Literal["agency", "enterprise"]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]+(\.[0-9A-Z]+)*$", max_length=35)]
    name_vi: Line
    name_en: Line


class OrganisationOut(Out):
    id: UUID
    kind: Literal["agency", "enterprise", "city"]
    code: str
    name_vi: str
    name_en: str
    state: Literal["pending", "confirmed"]
    created_at: datetime


class WardIn(In):
    ward_id: UUID = Field(description="the ward's account, as GET /v1/me shows it to them")
    ground: Literal["parent", "guardian", "incapacity"]
    reference: Line = Field(description="the birth certificate or decision it rests on")


class GuardianshipOut(Out):
    id: UUID
    guardian_id: UUID
    ward_id: UUID
    ground: Literal["parent", "guardian", "incapacity"]
    state: Literal["proposed", "active", "ended"]
    valid_until: datetime | None
    created_at: datetime


class PowerIn(In):
    to_person_id: UUID
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] = Field(description="mini-apps or acts, such as vn.hanoi.parking")
    valid_from: AwareDatetime
    valid_until: AwareDatetime


class PowerOut(Out):
    id: UUID
    from_person_id: UUID
    to_person_id: UUID
    scopes: list[str]
    state: Literal["proposed", "active", "ended"]
    valid_from: datetime
    valid_until: datetime
    created_at: datetime
    ended_at: datetime | None
