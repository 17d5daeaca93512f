"""What the routes of sessions give."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import Out


class SessionOut(Out):
    id: UUID
    device: str = Field(description="the name of a bound device, else what the browser says it is")
    device_id: UUID | None
    place: str | None = Field(description="roughly where it was, where that is known")
    methods: list[str] = Field(description="how the person proved themselves (RFC 8176)")
    auth_time: datetime
    created_at: datetime
    expires_at: datetime
    current: bool = Field(description="the session that asks")


class EndedOut(Out):
    ended: int
