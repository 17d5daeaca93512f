"""An applicant sealed for as long as an officer has to look: written by one step, read by the next, gone with the decision."""

from dataclasses import fields
from datetime import date
from uuid import UUID

import orjson

from identity.people.models import DocumentKind, Evidence, PersonKind
from identity.proofing.admission import Applicant
from kernel.sealing import keyring


def seal(applicant: Applicant, place: UUID) -> bytes:
    """What a row at `place` keeps of the applicant."""
    document = {field.name: getattr(applicant, field.name) for field in fields(applicant)}
    return keyring().seal(orjson.dumps(document), context=_context(place))


def opened(sealed: bytes, place: UUID) -> Applicant:
    """The applicant again. Raises CannotOpen for another row's."""
    told = orjson.loads(keyring().open(sealed, context=_context(place)))
    days = {name: date.fromisoformat(told[name]) if told[name] else None for name in ("birth_date", "expires_on", "stay_ends_on")}
    words = {name: tuple(told[name]) for name in ("unique_on", "doubts")}
    kinds = {"kind": PersonKind(told["kind"]), "document": DocumentKind(told["document"]), "evidence": Evidence(told["evidence"])}
    return Applicant(**told | days | words | kinds)


def _context(place: UUID) -> bytes:
    return f"applicant:{place}".encode()
