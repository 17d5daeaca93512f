"""Whom I may act for: my mandates, my wards and guardians, and the powers of attorney I gave and was given."""

from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.mandates import powers, queries, wards
from identity.mandates.models import Delegation, Ground, Guardianship
from identity.mandates.organisations import MandateNotFound, MandateRefused
from identity.mandates.schemas import ActForOut, GuardianshipOut, MandatesOut, PowerIn, PowerOut, WardIn
from identity.mandates.wards import GuardianshipKnown
from identity.people.queries import PersonNotFound
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, NotAllowed, Person, Staff, StepUpRequired
from kernel.limits import TooMany

router = Router(tags=["mandates"])
FRESH = [StepUpRequired, ActionFrozen]


@router.get("/v1/me/mandates", audience=Person(), response_model=MandatesOut)
async def my_mandates(session: Session, caller: CallerDep) -> MandatesOut:
    """Everybody the caller may act for: organisations, wards, and who gave them a power of attorney."""
    return MandatesOut(items=[ActForOut.model_validate(each) for each in await queries.shown(session, caller.person)])


@router.get("/v1/me/wards", audience=Person(), response_model=ListOut[GuardianshipOut], problems=[CursorInvalid])
async def my_wards(session: Session, caller: CallerDep, page: Paging) -> ListOut[GuardianshipOut]:
    """Those the caller is guardian of, or has asked to be."""
    found = await paginate(session, wards.as_guardian(caller.person), [Guardianship.created_at, Guardianship.id], page)
    return ListOut(items=[GuardianshipOut.model_validate(row) for row in found.items], next=found.next)


@router.post(
    "/v1/me/wards",
    audience=Person(acr=2),
    status_code=201,
    response_model=GuardianshipOut,
    problems=[*FRESH, PersonNotFound, MandateRefused, GuardianshipKnown, TooMany],
)
async def register_ward(body: WardIn, session: Session, caller: CallerDep) -> Guardianship:
    """Ask to be somebody's guardian; it counts when they agree, or an officer does for them."""
    await step_up.require(session, caller, "guardian.change")
    return await wards.ask(session, caller.person, body.ward_id, Ground(body.ground), reference=body.reference)


@router.delete(
    "/v1/me/wards/{guardianship_id}", audience=Person(acr=2), status_code=204, problems=[*FRESH, MandateNotFound, MandateRefused]
)
async def leave_ward(guardianship_id: UUID, session: Session, caller: CallerDep) -> None:
    """The guardian ends a guardianship; the ward refuses one that was only asked for."""
    await step_up.require(session, caller, "guardian.change")
    await wards.leave(session, guardianship_id, caller.person)


@router.get("/v1/me/guardians", audience=Person(), response_model=ListOut[GuardianshipOut], problems=[CursorInvalid])
async def my_guardians(session: Session, caller: CallerDep, page: Paging) -> ListOut[GuardianshipOut]:
    """The caller's guardians, and who has asked to be."""
    found = await paginate(session, wards.as_ward(caller.person), [Guardianship.created_at, Guardianship.id], page)
    return ListOut(items=[GuardianshipOut.model_validate(row) for row in found.items], next=found.next)


@router.post(
    "/v1/me/guardians/{guardianship_id}/acceptance", audience=Person(), status_code=204, problems=[*FRESH, MandateNotFound, MandateRefused]
)
async def accept_guardian(guardianship_id: UUID, session: Session, caller: CallerDep) -> None:
    """The ward agrees."""
    await step_up.require(session, caller, "guardian.change")
    await wards.agree(session, guardianship_id, caller.person)


@router.get("/v1/staff/guardianships", audience=Staff("people.correct"), response_model=ListOut[GuardianshipOut], problems=[CursorInvalid])
async def waiting_guardianships(session: Session, page: Paging) -> ListOut[GuardianshipOut]:
    """What waits for the ward or an officer, the oldest first."""
    found = await paginate(session, wards.waiting(), [Guardianship.created_at, Guardianship.id], page, newest_first=False)
    return ListOut(items=[GuardianshipOut.model_validate(row) for row in found.items], next=found.next)


@router.post(
    "/v1/staff/guardianships/{guardianship_id}/acceptance",
    audience=Staff("people.correct"),
    status_code=204,
    problems=[MandateNotFound, NotAllowed],
)
async def confirm_guardianship(guardianship_id: UUID, session: Session, caller: CallerDep) -> None:
    """Agree for a ward who cannot: a small child, or a person a court has declared incapable."""
    await wards.confirm(session, guardianship_id, officer_id=caller.person)


@router.delete(
    "/v1/staff/guardianships/{guardianship_id}",
    audience=Staff("people.correct"),
    status_code=204,
    problems=[MandateNotFound, NotAllowed],
)
async def dissolve_guardianship(guardianship_id: UUID, session: Session, caller: CallerDep) -> None:
    """End a guardianship by a decision."""
    await wards.dissolve(session, guardianship_id, officer_id=caller.person)


@router.get("/v1/me/delegations", audience=Person(), response_model=ListOut[PowerOut], problems=[CursorInvalid])
async def my_delegations(session: Session, caller: CallerDep, page: Paging) -> ListOut[PowerOut]:
    """The powers of attorney the caller gave and was given, ended ones included."""
    found = await paginate(session, powers.of_person(caller.person), [Delegation.created_at, Delegation.id], page)
    return ListOut(items=[PowerOut.model_validate(row) for row in found.items], next=found.next)


@router.post(
    "/v1/me/delegations",
    audience=Person(acr=2),
    status_code=201,
    response_model=PowerOut,
    problems=[*FRESH, PersonNotFound, MandateRefused, TooMany],
)
async def give_power(body: PowerIn, session: Session, caller: CallerDep) -> Delegation:
    """Let somebody act for the caller in named things and for a time; it counts when they accept."""
    await step_up.require(session, caller, "delegation.grant")
    return await powers.give(
        session, caller.person, body.to_person_id, body.scopes, valid_from=body.valid_from, valid_until=body.valid_until
    )


@router.post("/v1/me/delegations/{delegation_id}/acceptance", audience=Person(acr=2), status_code=204, problems=[MandateNotFound])
async def accept_power(delegation_id: UUID, session: Session, caller: CallerDep) -> None:
    await powers.accept(session, delegation_id, caller.person)


@router.delete("/v1/me/delegations/{delegation_id}", audience=Person(), status_code=204, problems=[MandateNotFound])
async def end_power(delegation_id: UUID, session: Session, caller: CallerDep) -> None:
    """Revoke, refuse or give back; whatever was issued under it is dead at once."""
    await powers.end(session, delegation_id, caller.person)
