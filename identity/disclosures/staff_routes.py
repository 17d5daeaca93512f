"""Orders to read under a delay: one person proposes and reads, another approves."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.disclosures import orders
from identity.disclosures.models import InvestigationOrder
from identity.disclosures.orders import DelayUnknown, OrderMissing, OrderStands
from identity.disclosures.schemas import DelayOut, DelaysOut, OrderIn, OrderOut, ReadOut
from identity.disclosures.service import AttributeUnknown
from identity.people.queries import PersonNotFound
from kernel.access import CallerDep, Staff

router = Router(tags=["disclosures"])
_PATH = "/v1/staff/investigations"


@router.get(_PATH + "/delays", audience=Staff("disclosures.investigate"), response_model=DelaysOut)
async def list_delays(session: Session) -> DelaysOut:
    """The classes of delay in force, each with its law and its limit."""
    return DelaysOut(delays=[DelayOut.model_validate(row) for row in await orders.delays(session)])


@router.post(
    _PATH,
    audience=Staff("disclosures.investigate"),
    status_code=201,
    problems=[PersonNotFound, DelayUnknown, OrderStands],
    response_model=OrderOut,
)
async def propose_order(body: OrderIn, session: Session, caller: CallerDep) -> InvestigationOrder:
    """Propose to read one person's data and to tell them later."""
    return await orders.propose(session, body.person_id, delay=body.delay, days=body.days, reference=body.reference, by=caller.person)


@router.get(_PATH, audience=Staff("disclosures.approve"), problems=[CursorInvalid], response_model=ListOut[OrderOut])
async def list_orders(session: Session, page: Paging) -> Page[Any]:
    """Orders that wait for approval, the oldest first."""
    by = [InvestigationOrder.proposed_at, InvestigationOrder.id]
    return await paginate(session, orders.waiting(), by, page, newest_first=False)


@router.post(
    _PATH + "/{order_id}/approve",
    audience=Staff("disclosures.approve"),
    problems=[OrderMissing, OrderStands],
    response_model=OrderOut,
)
async def approve_order(order_id: UUID, session: Session, caller: CallerDep) -> InvestigationOrder:
    """Approve somebody else's order."""
    return await orders.approve(session, order_id, by=caller.person)


@router.get(
    _PATH + "/{order_id}/data",
    audience=Staff("disclosures.investigate"),
    problems=[OrderMissing, AttributeUnknown, PersonNotFound],
    response_model=ReadOut,
)
async def read_under_order(
    order_id: UUID, session: Session, caller: CallerDep, attributes: Annotated[list[str], Query(min_length=1, max_length=10)]
) -> ReadOut:
    """The named attributes; the person reads of it when the delay is over."""
    return ReadOut(values=await orders.read(session, order_id, attributes, by=caller.person))
