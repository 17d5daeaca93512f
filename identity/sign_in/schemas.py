"""What the routes of an approving device take and give."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out


class ScanIn(In):
    reference: str = Field(min_length=20, max_length=100, description="the last part of the address in the QR code")


class NumberIn(In):
    number: int = Field(ge=10, le=99, description="the number the other screen shows")


class SignInOut(Out):
    id: UUID
    kind: Literal["qr", "push"]
    client_name: str = Field(description="what is signed in to")
    device: str = Field(description="what the other browser says it is")
    place: str | None = Field(description="roughly where it is, where that is known")
    elsewhere: bool = Field(description="it is in another network than this device: say so before asking for the number")
    created_at: datetime
    expires_at: datetime


class StateOut(Out):
    state: Literal["waiting", "claimed", "approved", "refused", "used"]
