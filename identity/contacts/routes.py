"""The person's telephone number and e-mail address: asking for a code, and giving it back."""

from fastapi import Request

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from identity.contacts import service
from identity.contacts.addresses import AddressRefused
from identity.contacts.codes import CodeDead, CodeRefused, Flow
from identity.contacts.numbers import NumberRefused, NumberReserved
from identity.contacts.schemas import ConfirmedOut, ConfirmIn, EmailIn, EmailOut, FlowOut, PhoneIn
from identity.people.queries import PersonNotFound, trust_level
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, Person
from kernel.http.address import address_of
from kernel.limits import TooMany

router = Router(tags=["contacts"])
CHANGE = "contact.change"


@router.post(
    "/v1/me/phone",
    audience=Person(),
    status_code=201,
    response_model=FlowOut,
    problems=[NumberRefused, NumberReserved, CodeDead, TooMany, PersonNotFound, ActionFrozen],
)
async def start_phone(body: PhoneIn, request: Request, session: Session, caller: CallerDep) -> Flow:
    """Send a six-digit code to a mobile number, after a fresh sign-in. Asking again while it is under way sends the same code."""
    await step_up.require(session, caller, CHANGE)
    return await service.start(session, caller.person, body.number, address=address_of(request), bound_to=str(caller.session_id))


@router.post(
    "/v1/me/phone/confirm",
    audience=Person(),
    response_model=ConfirmedOut,
    problems=[CodeRefused, TooMany, PersonNotFound, ActionFrozen],
)
async def confirm_phone(body: ConfirmIn, session: Session, caller: CallerDep) -> ConfirmedOut:
    """Give the code back: the number is the caller's from now on, and nobody else's. Every channel that stood before is told."""
    await step_up.require(session, caller, CHANGE)
    number = await service.confirm(session, caller.person, body.flow_id, body.code, bound_to=str(caller.session_id))
    level = await trust_level(session, caller.person)
    return ConfirmedOut(hint=number.hint, vietnamese_mobile=number.vietnamese, trust_level=level)


@router.post(
    "/v1/me/email",
    audience=Person(),
    status_code=201,
    response_model=FlowOut,
    problems=[AddressRefused, CodeDead, TooMany, PersonNotFound, ActionFrozen],
)
async def start_email(body: EmailIn, request: Request, session: Session, caller: CallerDep) -> Flow:
    """Send a six-digit code to an e-mail address, after a fresh sign-in."""
    await step_up.require(session, caller, CHANGE)
    return await service.start_email(session, caller.person, body.address, address=address_of(request), bound_to=str(caller.session_id))


@router.post(
    "/v1/me/email/confirm",
    audience=Person(),
    response_model=EmailOut,
    problems=[CodeRefused, TooMany, PersonNotFound, ActionFrozen],
)
async def confirm_email(body: ConfirmIn, session: Session, caller: CallerDep) -> EmailOut:
    """Give the code back: the address is the caller's from now on."""
    await step_up.require(session, caller, CHANGE)
    return EmailOut(
        hint=(await service.confirm_email(session, caller.person, body.flow_id, body.code, bound_to=str(caller.session_id))).hint
    )


@router.delete("/v1/me/email", audience=Person(), status_code=204, problems=[NotFound, PersonNotFound, ActionFrozen])
async def remove_email(session: Session, caller: CallerDep) -> None:
    """Take the e-mail address away; it is told so first."""
    await step_up.require(session, caller, CHANGE)
    if not await service.remove_email(session, caller.person):
        raise NotFound
