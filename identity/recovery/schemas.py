"""What the routes of recovery take and give."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out


class StartIn(In):
    identifier: str = Field("", max_length=254, description="telephone number or e-mail address; empty when the chip is read again")
    locale: Literal["vi", "en"] = "vi"


class StartedOut(Out):
    id: UUID
    secret: str = Field(description="the header Recovery-Secret of every further call, told this once")
    expires_at: datetime


class CodeIn(In):
    channel: Literal["sms", "email"]


class CodeOut(Out):
    flow_id: UUID


class CodeProofIn(In):
    flow_id: UUID
    code: str = Field(pattern="^[0-9]{6}$")


class TotpProofIn(In):
    code: str = Field(pattern="^[0-9]{6}$")


class PasswordProofIn(In):
    password: str = Field(min_length=1, max_length=512)


class IdentityProofIn(In):
    session_id: UUID = Field(description="a proofing session of the last half hour")
    secret: str = Field(min_length=20, max_length=200, description="its secret")


class RecoveryOut(Out):
    id: UUID
    state: Literal["requested", "waiting", "done", "cancelled"]
    proofs: list[str]
    ready_at: datetime | None
    expires_at: datetime


class WaitingOut(Out):
    id: UUID
    place: str | None
    created_at: datetime
    ready_at: datetime | None


class EnrolmentOut(Out):
    enrolment: str = Field(description="registers a new passkey, within ten minutes")
