"""Who looked at my data: the log, its export, and what I can do about a reading."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.exporting import FORMATS, Format, exported
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.disclosures import kind
from identity.disclosures.models import Disclosure, ReaderKind
from identity.disclosures.schemas import DisclosureOut, ReportedOut, ReportIn, TextOut
from identity.disclosures.service import COLUMNS, about, plain
from identity.moderation import reports
from identity.moderation.kinds import SubjectNotFound
from identity.moderation.reporters.service import ReporterMuted
from identity.privacy import service as privacy
from identity.privacy.models import PrivacyRequest, RequestType
from identity.privacy.schemas import RequestOut
from identity.privacy.service import AskedAlready, ClientUnknown
from kernel.access import CallerDep, Person
from kernel.limits import TooMany

router = Router(tags=["disclosures"])


@router.get("/v1/me/disclosures", audience=Person(), problems=[CursorInvalid], response_model=ListOut[DisclosureOut])
async def list_disclosures(session: Session, caller: CallerDep, page: Paging) -> ListOut[DisclosureOut]:
    """Every reading of the caller's own data, the newest first."""
    found = await paginate(session, about(caller.person), [Disclosure.at, Disclosure.id], page)
    return ListOut(items=[_out(row) for row in found.items], next=found.next)


@router.get("/v1/me/disclosures/export", audience=Person(), responses=FORMATS, response_class=StreamingResponse)
async def export_disclosures(
    request: Request, caller: CallerDep, form: Annotated[Format, Query(alias="format")] = "json"
) -> StreamingResponse:
    """The whole log as CSV or JSON."""
    rows, by = about(caller.person), (Disclosure.at, Disclosure.id)
    return exported(request.scope["runtime"].database, rows, by, plain, name="disclosures", form=form, columns=COLUMNS)


@router.post(
    "/v1/me/disclosures/{disclosure_id}/report",
    audience=Person(),
    status_code=201,
    problems=[SubjectNotFound, ReporterMuted, TooMany],
    response_model=ReportedOut,
)
async def report_disclosure(disclosure_id: UUID, body: ReportIn, session: Session, caller: CallerDep) -> ReportedOut:
    """Say that a reading looks wrong; the privacy queue looks into it."""
    return ReportedOut.model_validate(await reports.file(session, caller.person, kind.KIND, disclosure_id, kind.REASON, body.note))


@router.post(
    "/v1/me/disclosures/{disclosure_id}/deletion-request",
    audience=Person(),
    status_code=201,
    problems=[NotFound, AskedAlready, ClientUnknown, TooMany],
    response_model=RequestOut,
)
async def ask_for_deletion(disclosure_id: UUID, session: Session, caller: CallerDep) -> PrivacyRequest:
    """Ask the service that read my data to delete it; it hears of it at once and has a deadline."""
    row = await session.scalar(about(caller.person).where(Disclosure.id == disclosure_id, Disclosure.reader_kind == ReaderKind.CLIENT))
    if row is None:
        raise NotFound
    return await privacy.file(session, caller.person, privacy.Asked(RequestType.ERASE, client_id=row.reader_id))


def _out(row: Disclosure) -> DisclosureOut:
    return DisclosureOut(
        id=row.id,
        at=row.at,
        reader=row.reader_kind.value,
        organisation=TextOut(vi=row.organisation_vi, en=row.organisation_en),
        role=row.role,
        attributes=row.attributes,
        purpose_code=row.purpose_code,
        purpose=TextOut(vi=row.purpose_vi, en=row.purpose_en),
        legal_basis=row.legal_basis,
        request_id=row.request_id,
        outcome=row.outcome.value,
    )
