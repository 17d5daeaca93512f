"""What backends send, and what they get."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from hanoismart.server.schemas import In, Line, Out

Sub = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]


class TextIn(In):
    vi: Line
    en: Line


class NotificationIn(In):
    sub: Sub
    template: Line
    data: Annotated[dict[str, str | int], Field(max_length=20)] = Field(default_factory=dict)
    dedupe: Reference
    link: Annotated[str, StringConstraints(max_length=500)] | None = None


class NotificationOut(Out):
    """`sent` is false where the person was told before."""

    sent: bool


class PaymentIn(In):
    """`amount` in whole đồng."""

    sub: Sub | None = None
    amount: Annotated[int, Field(gt=0, le=10**12)]
    description: TextIn
    reference: Reference
    expires_at: AwareDatetime


class PaymentOut(Out):
    id: UUID
    state: str
    amount: int
    reference: str
    qr_text: str
    expires_at: datetime


class ReadIn(In):
    sub: Sub
    attributes: Annotated[list[Line], Field(min_length=1, max_length=10)]
    purpose: TextIn


class ReadOut(Out):
    values: dict[str, str]


class FactsIn(In):
    subs: Annotated[list[Sub], Field(min_length=1, max_length=100)]
    attributes: Annotated[list[Line], Field(min_length=1, max_length=10)] = Field(description="status.student and the like")
    purpose: TextIn


class FactsOut(Out):
    """By subject and scope, `yes` or `no`; whoever is not known or has not agreed is left out."""

    people: dict[str, dict[str, str]]


class PagePaymentIn(In):
    """`amount` in whole đồng; `reference` is the page's own word, unique for this person."""

    amount: Annotated[int, Field(gt=0, le=10**12)]
    description: TextIn
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")]


class ProfileOut(Out):
    """Who the page is told of: the pairwise subject, and the values the person agreed to by scope."""

    sub: str
    acr: str
    values: dict[str, str]
