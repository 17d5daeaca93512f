"""Who a verified chip stands for, and what about it a human must look at: decided purely, before anything is written."""

import re
from dataclasses import dataclass
from datetime import date

from hanoismart.text import Text
from identity.people import uniqueness
from identity.people.models import DocumentKind, Evidence, PersonKind
from identity.proofing.chip.mrz import DocumentKind as ChipDocument
from identity.proofing.chip.refusals import ChipRefused
from identity.proofing.verifier import Verified

VIETNAM = "VNM"
_CITIZEN_NUMBER = re.compile(r"[0-9]{9}|[0-9]{12}")


class DocumentNotAccepted(ChipRefused):
    code = "proofing.document_not_accepted"
    title = Text(vi="Chỉ nhận căn cước công dân Việt Nam hoặc hộ chiếu", en="Only a Vietnamese identity card or a passport is accepted")


class StayEnded(ChipRefused):
    code = "proofing.stay_ended"
    title = Text(vi="Ngày kết thúc lưu trú đã qua", en="The end of the stay has passed")


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """What an account is made of. `doubts` are fixed words for a reviewer.

    `unique_on` decides whether the person is here already: the number they are known by, then older numbers that the document names.
    """

    kind: PersonKind
    display_name: str
    unique_on: tuple[str, ...]
    identity_number: str
    birth_date: date
    document: DocumentKind
    issuer: str
    document_number: str
    expires_on: date | None
    stay_ends_on: date | None
    signer_fingerprint: str | None
    doubts: tuple[str, ...]
    evidence: Evidence = Evidence.CHIP
    original: bool = False
    level: int = 2


def applicant(verified: Verified, *, stay_ends_on: date | None, on: date) -> Applicant:
    """Reads the evidence as an application: a CCCD is a resident's, a passport a foreigner's, or a tourist's where the stay has an end.

    Raises DocumentNotAccepted for other cards, StayEnded.
    """
    evidence, mrz = verified.evidence, verified.evidence.mrz
    resident = mrz.is_cccd
    if not resident and mrz.kind is not ChipDocument.PASSPORT:
        raise DocumentNotAccepted
    if not resident and stay_ends_on is not None and stay_ends_on < on:
        raise StayEnded
    number = evidence.personal_number or mrz.number
    citizen = resident and evidence.personal_number is not None
    doubts = [*evidence.review]
    if not verified.original:
        doubts.append("copy_not_excluded")
    if not resident and mrz.issuer == VIETNAM:
        doubts.append("citizen_by_passport")  # unique on the passport only: the same person may hold an account by identity card
    return Applicant(
        kind=PersonKind.RESIDENT if resident else PersonKind.TOURIST if stay_ends_on else PersonKind.FOREIGNER,
        display_name=evidence.vietnamese_name or mrz.full_name,
        unique_on=_unique_on(verified, number if citizen else None),
        identity_number=number,
        birth_date=mrz.birth_date,
        document=DocumentKind.CCCD if resident else DocumentKind.PASSPORT,
        issuer=mrz.issuer,
        document_number=mrz.number,
        expires_on=mrz.expires_on,
        stay_ends_on=None if resident else stay_ends_on,
        signer_fingerprint=evidence.signer_fingerprint,
        doubts=tuple(doubts),
        original=verified.original,
    )


def _unique_on(verified: Verified, personal_number: str | None) -> tuple[str, ...]:
    """The personal number with the older ones of the chip; a passport's own number, and a citizen's number in it."""
    mrz = verified.evidence.mrz
    if personal_number is not None:
        return (uniqueness.citizen(personal_number), *map(uniqueness.citizen, verified.evidence.former_numbers))
    own = uniqueness.document(mrz.issuer, mrz.number)
    if mrz.issuer == VIETNAM and _CITIZEN_NUMBER.fullmatch(mrz.optional_1):
        return (own, uniqueness.citizen(mrz.optional_1))
    return (own,)
