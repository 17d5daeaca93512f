"""What the counter takes and answers: words from a document an officer holds in their hand, and no image of it."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from hanoismart.server.schemas import In, Line, Out
from identity.people import uniqueness
from identity.people.models import DocumentKind, Evidence, PersonKind
from identity.proofing.admission import VIETNAM, Applicant

Seen = Literal["cccd", "passport", "residence_card", "birth_certificate", "residence_confirmation"]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{5,20}$", max_length=20)]
_PERSONAL_NUMBER = 12


class CounterIn(In):
    """A citizen's card by its twelve digits, a passport or residence card by its issuer and number."""

    document: Literal["cccd", "passport", "residence_card"]
    issuer: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$", max_length=3)] = Field(
        description="issuer code of the machine-readable zone"
    )
    number: Number = Field(description="the personal number of a citizen's card, else the document's number")
    name: Line
    birth_date: date
    expires_on: date
    stay_ends_on: date | None = None
    seen: Annotated[list[Seen], Field(min_length=1, max_length=5)] = Field(description="the documents the officer held in their hand")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        citizen = self.document == "cccd"
        if citizen and (self.issuer != VIETNAM or len(self.number) != _PERSONAL_NUMBER or not self.number.isdigit()):
            raise ValueError("a citizen's card is VNM's and has twelve digits")
        if self.document not in self.seen:
            raise ValueError("the document itself must have been seen")
        return self

    def applicant(self) -> Applicant:
        """What an account is made of."""
        citizen = self.document == "cccd"
        return Applicant(
            kind=PersonKind.RESIDENT if citizen else PersonKind.TOURIST if self.stay_ends_on else PersonKind.FOREIGNER,
            display_name=self.name,
            unique_on=(uniqueness.citizen(self.number) if citizen else uniqueness.document(self.issuer, self.number),),
            identity_number=self.number,
            birth_date=self.birth_date,
            document=DocumentKind(self.document),
            issuer=self.issuer,
            document_number=self.number,
            expires_on=self.expires_on,
            stay_ends_on=None if citizen else self.stay_ends_on,
            signer_fingerprint=None,
            doubts=(),
            evidence=Evidence.COUNTER,
        )


class CounterOut(Out):
    id: UUID
    state: Literal["open", "confirmed", "rejected", "expired"]
    documents: list[str]
    created_at: datetime
    expires_at: datetime


class CounterDetailOut(CounterOut):
    document: str
    issuer: str
    number: str
    name: str
    birth_date: date
    expires_on: date | None


class ConfirmIn(In):
    locale: Literal["vi", "en"] = "vi"


class ConfirmedOut(Out):
    person_id: UUID
    enrolment: str = Field(description="one-time secret for the first passkey, good for ten minutes; hand it to the person alone")
