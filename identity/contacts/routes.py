"""The person's telephone number: asking for a code, and giving it back."""

from fastapi import Request

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from identity.contacts import service
from identity.contacts.numbers import NumberRefused
from identity.contacts.schemas import ConfirmedOut, ConfirmIn, FlowOut, PhoneIn
from identity.contacts.service import CodeDead, CodeRefused
from identity.people.queries import PersonNotFound, trust_level
from kernel.access import CallerDep, Person
from kernel.http.address import address_of
from kernel.limits import TooMany

router = Router(tags=["contacts"])


@router.post(
    "/v1/me/phone",
    audience=Person(),
    status_code=201,
    response_model=FlowOut,
    problems=[NumberRefused, CodeDead, TooMany, PersonNotFound],
)
async def start_phone(body: PhoneIn, request: Request, session: Session, caller: CallerDep) -> FlowOut:
    """Send a six-digit code to a mobile number. Asking again while it is under way sends the same code."""
    flow = await service.start(session, caller.person, body.number, address=address_of(request))
    return FlowOut.model_validate(flow)


@router.post("/v1/me/phone/confirm", audience=Person(), response_model=ConfirmedOut, problems=[CodeRefused, TooMany, PersonNotFound])
async def confirm_phone(body: ConfirmIn, session: Session, caller: CallerDep) -> ConfirmedOut:
    """Give the code back: the number is the caller's from now on, and nobody else's."""
    number = await service.confirm(session, caller.person, body.flow_id, body.code)
    level = await trust_level(session, caller.person)
    return ConfirmedOut(hint=number.hint, vietnamese_mobile=number.vietnamese, trust_level=level)
