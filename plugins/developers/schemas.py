"""What developers send and read about organisations, keys, domains, apps and versions."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hanoismart.server.schemas import In, Line, Out, Prose
from plugins.developers.models import ProofState
from plugins.developers.trail import By
from plugins.registry.models import VersionState

Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class LimitsOut(Out):
    """Sizes in bytes."""

    zipped: int
    unzipped: int
    files: int
    keys: int
    review_days: int


class EnvironmentOut(Out):
    """What this installation is, for tools to sign and upload rightly."""

    environment: Literal["sandbox", "production"]
    issuer: str
    page_host: str
    limits: LimitsOut


class TestCitizenOut(Out):
    """An invented person; `code` is what the sign-in page asks for beside the number."""

    name: str
    phone: str
    code: str
    level: int
    language: str


class DeveloperOrganisationOut(Out):
    id: UUID
    code: str
    name_vi: str
    name_en: str
    kind: str
    roles: list[str]
    own_prefix: str | None = Field(description="app ids under it need no domain; sandbox only")


class DomainIn(In):
    domain: Annotated[str, StringConstraints(min_length=4, max_length=253)]


class DomainOut(Out):
    domain: str
    state: ProofState
    dns_name: str
    dns_value: str
    well_known_url: str
    verified_at: datetime | None


class KeyIn(In):
    """`jwk`: the public half alone (RFC 8037)."""

    jwk: dict[str, Any]
    label: Line
    not_before: datetime | None = None
    not_after: datetime | None = None


class KeyOut(Out):
    kid: str
    label: str
    not_before: datetime
    not_after: datetime
    created_at: datetime
    revoked_at: datetime | None
    revoke_reason: str | None


class RevokeIn(In):
    reason: Line


class AppIn(In):
    app_id: Annotated[str, StringConstraints(min_length=3, max_length=128)]
    name_vi: Name
    name_en: Name


class DeveloperAppOut(Out):
    """`live` and `latest` are version codes: who sees them differ knows that something waits."""

    app_id: str
    organisation_id: UUID
    status: str
    reason_vi: str | None
    reason_en: str | None
    appeal_until: datetime | None
    live: int | None
    canary: int | None
    canary_percent: int | None
    latest: int | None
    backend_url: str | None
    created_at: datetime


class BackendIn(In):
    """`url` replaces the manifest's base_url; a sandbox takes addresses of this machine too."""

    jwks: dict[str, Any] | None = None
    url: Annotated[str, StringConstraints(min_length=8, max_length=300)] | None = None


class VersionIn(In):
    upload_id: UUID
    notes: Prose | None = None
    supersede: bool = False


class OpinionOut(Out):
    opinion: str
    rules: list[str]
    note_vi: str
    note_en: str
    at: datetime


class RoundOut(Out):
    """One round of review as its developer sees it; reviewers are not named."""

    round: int
    needed: int
    sensitive: list[str]
    opened_at: datetime
    due_at: datetime
    outcome: str | None
    decided_at: datetime | None
    appeal: str | None
    opinions: list[OpinionOut]


class VersionOut(Out):
    app_id: str
    code: int
    name: str
    state: VersionState
    state_since: datetime
    digest: str
    kid: str | None
    canary_percent: int | None
    notes: str | None
    created_at: datetime
    report_url: str


class VersionDetailOut(VersionOut):
    rounds: list[RoundOut]


class AppealIn(In):
    text: Prose


class RolloutIn(In):
    """`people`: pairwise subjects the app knows; in a sandbox also telephones of test citizens."""

    version_code: Annotated[int, Field(ge=1, lt=2**31)]
    stage: Literal["whitelist", "canary", "live"]
    percent: Literal[1, 5, 25, 50] | None = None
    people: Annotated[list[Line], Field(max_length=200)] = Field(default_factory=list)


class RolledBackOut(Out):
    live: int | None


class KillIn(In):
    version_code: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    method: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z]+(\.[a-zA-Z]+)*$", max_length=80)] | None = None
    ward_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")] | None = None
    reason_vi: Line
    reason_en: Line


class KillOut(Out):
    id: UUID
    app_id: str | None
    version_code: int | None
    method: str | None
    ward_code: str | None
    reason_vi: str
    reason_en: str
    at: datetime


class TrailOut(Out):
    """One act; `person_id` names a member of the organisation and is null where staff, the app's backend or the system acted."""

    id: UUID
    at: datetime
    by: By
    person_id: UUID | None
    action: str = Field(description="area and verb, for example miniapp.version_live")
    app_id: str | None
    facts: dict[str, Any]
    request_id: str | None
