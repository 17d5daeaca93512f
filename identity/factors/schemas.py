"""What the routes of sign-in factors take and give."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Line, Out
from identity.factors.passwords import LONGEST


class PasskeyOut(Out):
    id: UUID
    label: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


class FactorsOut(Out):
    passkeys: int
    totp: bool
    password: bool


class NewPasskeyIn(In):
    challenge_id: UUID
    credential: dict[str, Any] = Field(description="PublicKeyCredential.toJSON() of navigator.credentials.create()")
    label: Line = Field("Thiết bị của tôi", description="what the person calls the device")


class LabelIn(In):
    label: Line


class TotpOut(Out):
    id: UUID
    secret: str = Field(description="base32, shown this once")
    uri: str = Field(description="otpauth: address, for a QR code")
    expires_at: datetime


class TotpConfirmIn(In):
    id: UUID
    code: str = Field(pattern="^[0-9]{6}$")


class PasswordIn(In):
    password: str = Field(min_length=1, max_length=4 * LONGEST)
