"""The counter's routes: opened by one officer, confirmed or rejected by another."""

from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.counter import service
from identity.counter.schemas import ConfirmedOut, ConfirmIn, CounterDetailOut, CounterIn, CounterOut
from identity.counter.service import Confirmed, CounterNotFound, CounterRefused, HasAccount
from identity.proofing.models import CounterEnrolment
from kernel.access import CallerDep, NotAllowed, Staff

router = Router(tags=["counter"])
OFFICER = Staff("counter.enrol")


@router.post("/v1/counter/enrolments", audience=OFFICER, status_code=201, response_model=CounterOut, problems=[CounterRefused])
async def open_enrolment(body: CounterIn, session: Session, caller: CallerDep) -> CounterEnrolment:
    """Enter what the documents of a person at the counter say. It waits a day for another officer."""
    return await service.open_enrolment(session, body.applicant(), body.seen, opened_by=caller.person)


@router.get("/v1/counter/enrolments", audience=OFFICER, response_model=ListOut[CounterOut], problems=[CursorInvalid])
async def list_enrolments(session: Session, page: Paging) -> ListOut[CounterOut]:
    """What waits for a second officer, the oldest first."""
    found = await paginate(session, service.waiting(), [CounterEnrolment.created_at, CounterEnrolment.id], page, newest_first=False)
    return ListOut(items=[CounterOut.model_validate(row) for row in found.items], next=found.next)


@router.get("/v1/counter/enrolments/{enrolment_id}", audience=OFFICER, response_model=CounterDetailOut, problems=[CounterNotFound])
async def read_enrolment(enrolment_id: UUID, session: Session, caller: CallerDep) -> CounterDetailOut:
    """What was entered, to be compared with the documents and the person; the reading is written down."""
    row, found = await service.looked_at(session, enrolment_id, officer_id=caller.person)
    return CounterDetailOut(
        id=row.id,
        state=row.state.value,
        documents=row.documents,
        created_at=row.created_at,
        expires_at=row.expires_at,
        document=found.document.value,
        issuer=found.issuer,
        number=found.document_number,
        name=found.display_name,
        birth_date=found.birth_date,
        expires_on=found.expires_on,
    )


@router.post(
    "/v1/counter/enrolments/{enrolment_id}/confirmation",
    audience=OFFICER,
    status_code=201,
    response_model=ConfirmedOut,
    problems=[CounterNotFound, NotAllowed, HasAccount],
)
async def confirm_enrolment(enrolment_id: UUID, body: ConfirmIn, session: Session, caller: CallerDep) -> Confirmed:
    """The second officer confirms: the account is there at level 2, and the person gets the secret for their first passkey."""
    return await service.confirm(session, enrolment_id, confirmed_by=caller.person, locale=body.locale)


@router.delete("/v1/counter/enrolments/{enrolment_id}", audience=OFFICER, status_code=204, problems=[CounterNotFound, NotAllowed])
async def reject_enrolment(enrolment_id: UUID, session: Session, caller: CallerDep) -> None:
    """The second officer drops it; nothing of the person stays."""
    await service.reject(session, enrolment_id, rejected_by=caller.person)
