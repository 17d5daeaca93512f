"""A case as staff see it: masked, with what the owner did before and what the ladder suggests; the owner reads that somebody looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.api import disclosures
from identity.moderation import ladder, reports
from identity.moderation.cases import CaseNotFound, visible
from identity.moderation.ladder import History, Suggestion
from identity.moderation.models import Case, Report
from identity.moderation.policies import masked, masked_name
from identity.people.models import Person
from identity.pii_access import flags

ORGANISATION = Text(vi="Bộ phận kiểm duyệt HanoiSmart", en="HanoiSmart moderation")
PURPOSE = Text(vi="Xem xét báo cáo về nội dung của bạn", en="Looking into reports about your content")
LEGAL_BASIS = "Nghị định 147/2024/NĐ-CP"


@dataclass(frozen=True, slots=True, repr=False)
class Evidence:
    """One report as staff see it: masked, and without who reported. `media`: SHA-256 of pictures, in hex."""

    reason: str
    text: str
    note: str | None
    media: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class CaseView:
    """A case as staff see it. `history` counts decisions against the owner: what Decree 147/2024 Art. 35(7) measures a lock by."""

    case: Case
    owner: str | None
    evidence: Sequence[Evidence]
    history: History
    suggested: Suggestion


async def view(session: AsyncSession, case_id: UUID, officer: UUID, *, role: str) -> CaseView:
    """The case, masked. The owner reads in their own log that an officer looked: the role, never a name.

    Raises CaseNotFound, also for a case about the officer: who reported them is not for them to guess. Raises FlaggedRecordClosed.
    """
    case = await visible(session, case_id, officer, "moderation.read")
    if case.owner_id == officer:
        raise CaseNotFound
    rows = await session.scalars(select(Report).where(Report.case_id == case_id).order_by(Report.created_at, Report.id))
    owner, name = None, ""
    if case.owner_id is not None:
        await flags.require_open(session, case.owner_id, officer)
        name = await session.scalar(select(Person.display_name).where(Person.id == case.owner_id)) or ""
        owner = masked_name(name)
        reader = disclosures.Reader("staff", "moderation", ORGANISATION, role)
        purpose = disclosures.Purpose("moderation.case", PURPOSE, LEGAL_BASIS, str(case_id))
        await disclosures.record(session, case.owner_id, ["display_name", f"reported_{case.subject_kind}"], reader, purpose)
    shown = [_masked(row, name) for row in rows]
    history = await ladder.history(session, case.owner_id)
    return CaseView(case, owner, shown, history, await ladder.suggest(session, history))


def _masked(row: Report, name: str) -> Evidence:
    kept = reports.evidence(row)
    note = kept["note"]
    text = _hidden(kept["text"] or "", name)
    return Evidence(row.reason, text, None if note is None else _hidden(note, name), kept.get("media") or [], row.created_at)


def _hidden(text: str, name: str) -> str:
    """Numbers and addresses, and the owner's own name wherever it is written out."""
    shown = masked(text)
    return shown.replace(name, masked_name(name)) if name else shown
