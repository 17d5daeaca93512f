"""Opening sealed attributes: the only way there is, and it cannot be walked without leaving a row the person can read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.disclosures.models import Disclosure, Outcome, ReaderKind
from identity.people import vault
from identity.people.models import Attribute, PersonDocument, SealedAttribute
from identity.people.queries import card, every_self, selves
from kernel import audit


class AttributeUnknown(Problem):
    code = "disclosures.attribute_unknown"
    status = 422
    title = Text(vi="Không có thuộc tính như vậy", en="There is no such attribute")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: an OAuth client or mini-app, staff, or an agency. `role` is an office, never a staff member's private name."""

    kind: ReaderKind | str
    id: str
    organisation: Text
    role: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """What for: a stable code, the sentence the person reads, the law it rests on, and the request it belongs to."""

    code: str
    text: Text
    legal_basis: str
    request_id: str | None = None


async def read(
    session: AsyncSession,
    person_id: UUID,
    attributes: Iterable[str],
    reader: Reader,
    purpose: Purpose,
    *,
    visible_from: datetime | None = None,
) -> dict[str, str]:
    """The plain values by attribute name, with the row about it in the same transaction; what is not there is missing and logged as failed.

    `visible_from`: when the person may see the row, where the law delays that (an investigation); else at once.
    Raises PersonNotFound, AttributeUnknown.
    """
    wanted = _attributes(attributes)
    await card(session, person_id)
    found = await vault.open_for_disclosure(session, person_id, wanted)
    absent = [attribute for attribute in wanted if attribute not in found]
    for names, outcome in ((list(found), Outcome.READ), (absent, Outcome.FAILED)):
        if names:
            await _write(session, person_id, names, reader, purpose, outcome, visible_from)
    return {attribute.value: value for attribute, value in found.items()}


async def held(session: AsyncSession, person_id: UUID, attributes: Iterable[str]) -> list[str]:
    """Which of these attributes are there, without opening any."""
    wanted = _attributes(attributes)
    found = await session.scalars(
        select(SealedAttribute.attribute).where(SealedAttribute.person_id == person_id, SealedAttribute.attribute.in_(wanted))
    )
    return [attribute.value for attribute in found]


async def open_for_reindexing(session: AsyncSession, person_id: UUID) -> dict[str, str]:
    """What a person's indexes are made of, for `identity.people.reindexing` alone, which shows nobody anything and is audited.

    Documents stand under `document:` and their id; what merged accounts are known by, under its name, a colon and the account.
    """
    values: dict[str, str] = {}
    for each in await every_self(session, person_id):
        opened = await vault.open_for_disclosure(session, each, list(Attribute))
        values |= {f"{attribute.value}:{each}" if each != person_id else attribute.value: value for attribute, value in opened.items()}
    ring = await vault.ring_of(session, person_id)
    if ring is not None:
        for row in await session.scalars(select(PersonDocument).where(PersonDocument.person_id == person_id)):
            values[f"document:{row.id}"] = ring.open(row.details, context=vault.context(person_id, "person_document")).decode()
    return values


async def record(session: AsyncSession, person_id: UUID, attributes: Sequence[str], reader: Reader, purpose: Purpose) -> None:
    """The row about something that is not sealed but was released all the same, such as the display name."""
    await _write(session, person_id, attributes, reader, purpose, Outcome.READ, None)


async def record_failed(session: AsyncSession, person_id: UUID, attributes: Iterable[str], reader: Reader, purpose: Purpose) -> None:
    """The row about an attempt that was refused; unknown names are left out, for they are the caller's words and not attributes."""
    known = [name for name in dict.fromkeys(attributes) if name in set(Attribute)]
    await _write(session, person_id, known, reader, purpose, Outcome.FAILED, None)


def about(person_id: UUID) -> Select[Disclosure]:
    """The rows this person may see now: their own, and none whose telling the law still delays."""
    return select(Disclosure).where(*visible(person_id))


def visible(person_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """What a row must be for this person to see it now: about them, or about an account of theirs that was merged into this one."""
    return (Disclosure.person_id.in_(selves(person_id)), Disclosure.visible_from <= now())


COLUMNS: Final = (
    "id",
    "at",
    "reader",
    "organisation_vi",
    "organisation_en",
    "role",
    "attributes",
    "purpose_code",
    "purpose_vi",
    "purpose_en",
    "legal_basis",
    "request_id",
    "outcome",
)


def plain(row: Disclosure) -> dict[str, Any]:
    """One reading for an export: who, when, what, why; never a value."""
    return {
        "id": str(row.id),
        "at": row.at.isoformat(),
        "reader": row.reader_kind.value,
        "organisation_vi": row.organisation_vi,
        "organisation_en": row.organisation_en,
        "role": row.role,
        "attributes": list(row.attributes),
        "purpose_code": row.purpose_code,
        "purpose_vi": row.purpose_vi,
        "purpose_en": row.purpose_en,
        "legal_basis": row.legal_basis,
        "request_id": row.request_id,
        "outcome": row.outcome.value,
    }


def _attributes(names: Iterable[str]) -> list[Attribute]:
    try:
        return list(dict.fromkeys(Attribute(name) for name in names))
    except ValueError as error:
        raise AttributeUnknown from error


async def _write(
    session: AsyncSession,
    person_id: UUID,
    attributes: Sequence[str],
    reader: Reader,
    purpose: Purpose,
    outcome: Outcome,
    visible_from: datetime | None,
) -> None:
    moment = now()
    row = Disclosure(
        person_id=person_id,
        at=moment,
        visible_from=visible_from or moment,
        reader_kind=ReaderKind(reader.kind),
        reader_id=reader.id,
        organisation_vi=reader.organisation.vi,
        organisation_en=reader.organisation.en,
        role=reader.role,
        attributes=[str(attribute) for attribute in attributes],
        purpose_code=purpose.code,
        purpose_vi=purpose.text.vi,
        purpose_en=purpose.text.en,
        legal_basis=purpose.legal_basis,
        request_id=purpose.request_id,
        outcome=outcome,
    )
    session.add(row)
    await session.flush()
    await audit.record(
        session,
        actor=f"{row.reader_kind}:{reader.id}",
        action=f"disclosure.{outcome}",
        subject=f"person:{person_id}",
        facts={"disclosure": str(row.id), "attributes": row.attributes, "purpose": purpose.code},
    )
