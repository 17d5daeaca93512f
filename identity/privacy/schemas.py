"""Requests about personal data over HTTP."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Out
from identity.moderation.schemas import TextOut

TypeName = Literal["inform", "access", "correct", "supply", "erase", "restrict", "object", "withdraw", "complain", "protect"]
StateName = Literal["received", "acknowledged", "extended", "done", "refused", "cancelled"]


class RequestIn(In):
    type: TypeName
    details: str = Field("", max_length=4000, description="what is wrong, what is wanted")
    client_id: str | None = Field(None, max_length=120, description="the service that has to act; none: HanoiSmart itself")


class RequestOut(Out):
    id: UUID
    person_id: UUID
    type: TypeName
    state: StateName
    client_id: str | None
    received_at: datetime
    answer_due_at: datetime
    due_at: datetime
    acknowledged_at: datetime | None
    extended_at: datetime | None
    ended_at: datetime | None


class RequestStepOut(Out):
    at: datetime
    role: str
    state: StateName
    note: TextOut


class RequestViewOut(RequestOut):
    details: str
    steps: list[RequestStepOut]


class StaffRequestOut(RequestOut):
    mine: bool
    lease_until: datetime | None
    overdue: bool
    failed_at: datetime | None = Field(description="its job failed for good then and waits to be started again")


class StaffRequestViewOut(StaffRequestOut):
    details: str = Field(description="masked")
    steps: list[RequestStepOut]


class AnswerIn(In):
    note_vi: str = Field(min_length=1, max_length=2000, description="the person reads it")
    note_en: str = Field(min_length=1, max_length=2000)
    internal: str | None = Field(None, max_length=1000, description="for colleagues only")


class ExtensionIn(AnswerIn):
    because: str = Field(min_length=1, max_length=500)


class PartnerRequestOut(Out):
    id: UUID
    type: TypeName
    sub: str = Field(description="the person, by the name the service knows them by")
    received_at: datetime
    due_at: datetime


class ClockOut(Out):
    type: TypeName
    step: Literal["answer", "done", "done_by_others", "extension", "cool_off"]
    value: int
    unit: str
    source: str
    confirmed: bool
    valid_from: date
    valid_to: date | None


class ClocksOut(Out):
    clocks: list[ClockOut]
