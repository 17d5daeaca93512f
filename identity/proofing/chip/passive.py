"""Passive authentication: is what was read from this chip what the country that issued it signed (ICAO 9303-11 section 5.1)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from identity.proofing.chip import lds, sod
from identity.proofing.chip.mrz import CCCD_PLACE, Mrz, PersonalNumberPlace
from identity.proofing.chip.personal_number import doubts
from identity.proofing.chip.refusals import DataGroupAltered, DataGroupMissing, DocumentExpired, SignerExpired
from identity.proofing.chip.signatures import accepted_hash
from identity.proofing.chip.signed_data import hash_of
from identity.proofing.chip.trust import Signer, TrustStore

_ONE_DAY = timedelta(days=1)  # a signing time is UTC, the day of the check is local


@dataclass(frozen=True, slots=True, repr=False)
class ChipEvidence:
    """What a genuine chip says. It lives as long as the request: callers seal what they keep. It prints nothing of itself.

    `personal_number`: a CCCD's twelve digits, else None. `vietnamese_name`: the name with its marks, where DG13 has it.
    `former_numbers`: the nine digits of an older identity card that DG13 names.
    `review`: fixed words for a reviewer, empty when nothing is in doubt.
    `groups`: the data groups that were checked, of those the chip has (`listed_groups`).
    `active_key`: DG15's SubjectPublicKeyInfo, DER, for `verify_active`.
    """

    mrz: Mrz
    personal_number: str | None
    vietnamese_name: str | None
    former_numbers: tuple[str, ...]
    review: tuple[str, ...]
    groups: frozenset[int]
    listed_groups: frozenset[int]
    hash_name: str
    signed_at: datetime | None
    signer_fingerprint: str
    anchor_fingerprint: str
    revocation_checked: bool
    active_key: bytes | None
    active_hash: str | None


def verify_passive(
    data_groups: Mapping[int, bytes], sod_bytes: bytes, trust: TrustStore, at: date, *, place: PersonalNumberPlace = CCCD_PLACE
) -> ChipEvidence:
    """Checks the data groups against EF.SOD, EF.SOD against its signer, and the signer against the roots pinned for the issuer.

    `data_groups`: whole files by number (1 for DG1), DG1 always. `at`: the day of the check.
    Raises a `ChipRefused`, one per reason, and nothing else. About 5 ms of processor time.
    """
    security = sod.read(sod_bytes)
    if 1 not in data_groups:
        raise DataGroupMissing("dg1")
    _require_unaltered(data_groups, security)
    mrz = lds.read_mrz(data_groups[1], on=at)
    signer = _signer(security, mrz, trust, at)
    security.signed.require_signed_by(signer.key)
    if mrz.expires_on < at:
        raise DocumentExpired
    return _evidence(data_groups, security, mrz, signer, place)


def _require_unaltered(data_groups: Mapping[int, bytes], security: sod.SecurityObject) -> None:
    algorithm = accepted_hash(security.hash_name, "data_groups")
    for number, encoded in data_groups.items():
        lds.require_group(number, encoded)
        if not hmac.compare_digest(security.hashes.get(number, b""), hash_of(encoded, algorithm)):
            raise DataGroupAltered(f"dg{number}")


def _signer(security: sod.SecurityObject, mrz: Mrz, trust: TrustStore, at: date) -> Signer:
    """Valid on the day of signing; a signer that states no day must be valid on the day of the check, for a chip holds no date of issue."""
    day = at if security.signed.signed_at is None else security.signed.signed_at.date()
    if day > at + _ONE_DAY:
        raise SignerExpired("signed_in_future")
    return trust.signer(security.signed.certificate, issuer=mrz.issuer, day=day, signed_at=security.signed.signed_at)


def _evidence(
    data_groups: Mapping[int, bytes], security: sod.SecurityObject, mrz: Mrz, signer: Signer, place: PersonalNumberPlace
) -> ChipEvidence:
    texts = lds.read_texts(data_groups[13]) if 13 in data_groups else ()
    number = mrz.personal_number(place) if mrz.is_cccd else None
    return ChipEvidence(
        mrz=mrz,
        personal_number=number,
        vietnamese_name=lds.vietnamese_name(texts, mrz),
        former_numbers=lds.former_numbers(texts, number, mrz) if number is not None else (),
        review=_review(mrz, number, texts),
        groups=frozenset(data_groups),
        listed_groups=frozenset(security.hashes),
        hash_name=security.hash_name,
        signed_at=security.signed.signed_at,
        signer_fingerprint=signer.fingerprint,
        anchor_fingerprint=signer.anchor_fingerprint,
        revocation_checked=signer.revocation_checked,
        active_key=lds.read_active_key(data_groups[15]) if 15 in data_groups else None,
        active_hash=lds.read_active_hash(data_groups[14]) if 14 in data_groups else None,
    )


def _review(mrz: Mrz, number: str | None, texts: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    if not mrz.birth_date_complete:
        found.append("birth_date_incomplete")
    if mrz.is_cccd and number is None:
        found.append("personal_number_absent")
    if number is not None:
        found.extend(doubts(number, mrz))
        if lds.names_another_number(texts, number):
            found.append("personal_number_differs")
    return tuple(found)
