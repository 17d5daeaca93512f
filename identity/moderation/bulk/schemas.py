"""Bulks over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out
from identity.moderation.schemas import VerdictIn


class BulkIn(In):
    case_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]
    verdict: VerdictIn


class BulkItemOut(Out):
    case_id: UUID
    decision_id: UUID | None
    outcome: str | None = Field(description="none: nothing stands against it; decided; or the code of what keeps it out")


class BulkOut(Out):
    id: UUID
    state: Literal["preview", "proposed", "executed", "undone", "refused"]
    subjects: int
    made_at: datetime
    executed_at: datetime | None
    undone_at: datetime | None


class BulkViewOut(BulkOut):
    items: list[BulkItemOut]
