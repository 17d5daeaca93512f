"""What the routes of devices take and give."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hanoismart.server.schemas import In, Line, Out

DeviceName = Annotated[Line, StringConstraints(max_length=100)]


class DeviceIn(In):
    name: DeviceName = Field(description="what the person calls it")
    platform: Literal["android", "ios", "huawei", "desktop"]
    integrity: str | None = Field(None, max_length=8_000, description="the platform's signed word about app and device, bound to the key")


class DeviceNameIn(In):
    name: DeviceName


class DeviceOut(Out):
    id: UUID
    name: str
    platform: str
    integrity: Literal["unknown", "genuine", "altered"]
    created_at: datetime
    last_seen_at: datetime
    current: bool = Field(description="the device that asks")
