"""What passkey registration takes and gives."""

from typing import Any
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Line, Out


class EnrolmentIn(In):
    enrolment: str = Field(min_length=20, max_length=200, description="the one-time secret of a finished proofing")


class PasskeyIn(EnrolmentIn):
    challenge_id: UUID
    credential: dict[str, Any] = Field(description="PublicKeyCredential.toJSON() of navigator.credentials.create()")
    label: Line = Field("Thiết bị của tôi", description="what the person calls the device")


class AskOut(Out):
    challenge_id: UUID
    options: dict[str, Any]


class PasskeyOut(Out):
    id: UUID
    label: str
    synced: bool
