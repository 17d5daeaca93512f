"""The thread of a case, and the templates."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out
from identity.moderation.schemas import TextOut


class MessageIn(In):
    text: str = Field(min_length=1, max_length=4000)
    appeal_id: UUID | None = None


class SayIn(In):
    text: str = Field(min_length=1, max_length=4000)


class MessageOut(Out):
    id: UUID
    party: Literal["owner", "staff"]
    role: str = Field(description="staff speak as a role, never by name")
    appeal_id: UUID | None
    text: str
    at: datetime


class TemplateIn(In):
    text_vi: str = Field(min_length=1, max_length=2000)
    text_en: str = Field(min_length=1, max_length=2000)


class TemplateOut(Out):
    key: str
    version: int
    text: TextOut


class TemplatesOut(Out):
    templates: list[TemplateOut]
