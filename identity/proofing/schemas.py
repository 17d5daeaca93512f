"""What the proofing routes take and answer. There is no field for a photograph of a document, and none for the chip's portrait."""

import base64
import binascii
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from hanoismart.server.schemas import In, Line, Out

_GROUP_CHARACTERS = 40_000
_SOD_CHARACTERS = 44_000


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("is not base64") from error
    return text


GroupText = Annotated[str, StringConstraints(max_length=_GROUP_CHARACTERS), AfterValidator(_base64)]
SodText = Annotated[str, StringConstraints(max_length=_SOD_CHARACTERS), AfterValidator(_base64)]
AnswerText = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_base64)]
GroupNumber = Annotated[str, StringConstraints(pattern="^[0-9]{1,2}$")]


class StartedOut(Out):
    id: UUID
    secret: str = Field(description="told this once; goes into the header Proofing-Secret")
    nonce: str = Field(description="base64url")
    challenge: str = Field(description="base64url of the eight bytes for INTERNAL AUTHENTICATE")
    expires_at: datetime


class ChipIn(In):
    data_groups: dict[GroupNumber, GroupText] = Field(
        min_length=1, max_length=4, description="whole files by number, base64: 1, and where the chip has them 13, 14, 15"
    )
    sod: SodText = Field(description="EF.SOD, base64")
    answer: AnswerText | None = Field(None, description="the chip's answer to the challenge, base64, where the chip has data group 15")
    chip_answer: AnswerText | None = Field(
        None, description="the chip's protected answer to the command of chip-authentication, base64, where the chip offers that"
    )
    liveness: Annotated[str, StringConstraints(max_length=4_000)] | None = Field(
        None, description="a liveness provider's signed statement, where one is used; never an image"
    )
    stay_ends_on: date | None = Field(None, description="for a passport: the last day of the stay, where it has one")
    locale: Literal["vi", "en"] = "vi"


class ChipAuthenticationIn(In):
    data_group_14: GroupText = Field(description="the whole file, base64")


class ChipAuthenticationOut(Out):
    """Send `public_key` with MSE:Set KAT (3DES) or GENERAL AUTHENTICATE, then `command` as it is; the chip's whole answer is the proof."""

    protocol: str = Field(description="the protocol's object identifier")
    key_id: int | None
    public_key: str = Field(description="base64: the uncompressed point, or the Diffie-Hellman value")
    command: str = Field(description="base64: the protected READ BINARY, status bytes of its answer included in the proof")


class VerdictOut(Out):
    state: Literal["open", "refused", "in_review", "verified", "rejected"]
    enrolment: str | None = Field(description="one-time secret for registering the first passkey, good for ten minutes")


class ProofingOut(Out):
    id: UUID
    state: Literal["open", "refused", "in_review", "verified", "rejected"]
    refusal: str | None
    expires_at: datetime


class EnrolmentOut(Out):
    enrolment: str


class ReviewOut(Out):
    id: UUID
    reason: Literal["holder", "doubt", "duplicate", "likeness", "other_person"]
    road: Literal["chip", "vneid"]
    doubts: list[str]
    display_name: str | None
    created_at: datetime


class DecisionIn(In):
    approve: bool
    join: bool = Field(False, description="for a duplicate: put the document under the account that is here; it opens nothing")
    note: Line = Field(description="why; no personal data")


class DecisionOut(Out):
    state: Literal["verified", "rejected"]
