"""Automatic rules over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out
from identity.moderation.schemas import QueueName, TextOut


class ConditionsIn(In):
    """All of them must hold; words are compared without marks and case, and any one of them is enough."""

    words: Annotated[list[Annotated[str, Field(min_length=2, max_length=80)]], Field(default_factory=list, max_length=200)]
    least_reports: int = Field(0, ge=0, le=10_000)
    least_links: int = Field(0, ge=0, le=100)
    subject_kind: str | None = Field(None, max_length=40, pattern="^[a-z_]+$")
    language: str | None = Field(None, max_length=10, pattern="^[a-z-]+$")


class AutomaticIn(In):
    mode: Literal["off", "shadow", "live"] = Field(description="shadow: what it would do is only written down")
    effect: Literal["route", "raise", "hide"] = Field(description="hide: until somebody has decided")
    queue: QueueName | None = None
    conditions: ConditionsIn
    text_vi: str = Field(min_length=1, max_length=500)
    text_en: str = Field(min_length=1, max_length=500)


class AutomaticOut(Out):
    id: UUID
    key: str
    version: int
    mode: Literal["off", "shadow", "live"]
    effect: Literal["route", "raise", "hide"]
    queue: str | None
    conditions: dict[str, Any]
    text: TextOut
    made_at: datetime
    matches: int = Field(description="cases this version has met")


class AutomaticsOut(Out):
    rules: list[AutomaticOut]


class ReplayOut(Out):
    """What the rule would have met in the last 30 days."""

    cases: int
    matched: int
    matched_and_acted: int
    matched_and_not_acted: int
