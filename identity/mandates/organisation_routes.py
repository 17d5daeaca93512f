"""Organisations: registered by a person, confirmed by an officer, run by their administrators."""

from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.mandates import organisations as roles
from identity.mandates.acting import MandateMissing
from identity.mandates.models import OrganisationDelegation, OrganisationMandate, OrganisationRole
from identity.mandates.organisations import LastAdministrator, MandateNotFound, MandateRefused, NewMandate
from identity.mandates.schemas import LendingIn, LendingOut, MemberIn, MemberOut, OrganisationIn, OrganisationOut
from identity.organisations import service as organisations
from identity.organisations.models import Organisation, OrganisationKind
from identity.organisations.service import OrganisationKnown, OrganisationNotFound, OrganisationRefused
from identity.people.queries import PersonNotFound
from identity.places.queries import UnitNotFound
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, NotAllowed, Person, Staff, StepUpRequired
from kernel.limits import TooMany

router = Router(tags=["organisations"])
MEMBERS = [OrganisationNotFound, MandateMissing, StepUpRequired, ActionFrozen]


@router.post(
    "/v1/organisations",
    audience=Person(acr=2),
    status_code=201,
    response_model=OrganisationOut,
    problems=[OrganisationRefused, OrganisationKnown, TooMany],
)
async def register_organisation(body: OrganisationIn, session: Session, caller: CallerDep) -> Organisation:
    """Register an organisation; an officer confirms it, and the caller becomes its first administrator."""
    name = Text(vi=body.name_vi, en=body.name_en)
    return await organisations.register(session, body.code, name, OrganisationKind(body.kind), registered_by=caller.person)


@router.get(
    "/v1/staff/organisations", audience=Staff("organisations.confirm"), response_model=ListOut[OrganisationOut], problems=[CursorInvalid]
)
async def waiting_organisations(session: Session, page: Paging) -> ListOut[OrganisationOut]:
    """What waits for an officer, the oldest first."""
    found = await paginate(session, organisations.waiting(), [Organisation.created_at, Organisation.id], page, newest_first=False)
    return ListOut(items=[OrganisationOut.model_validate(row) for row in found.items], next=found.next)


@router.post(
    "/v1/staff/organisations/{organisation_id}/confirmation",
    audience=Staff("organisations.confirm"),
    status_code=204,
    problems=[OrganisationNotFound, NotAllowed, MandateRefused, PersonNotFound],
)
async def confirm_organisation(organisation_id: UUID, session: Session, caller: CallerDep) -> None:
    """Confirm it against the register; whoever registered it is its first administrator."""
    first = await organisations.confirm(session, organisation_id, confirmed_by=caller.person)
    await roles.first_administrator(session, organisation_id, first, confirmed_by=caller.person)


@router.delete(
    "/v1/staff/organisations/{organisation_id}",
    audience=Staff("organisations.confirm"),
    status_code=204,
    problems=[OrganisationNotFound, NotAllowed],
)
async def reject_organisation(organisation_id: UUID, session: Session, caller: CallerDep) -> None:
    """Refuse a registration."""
    await organisations.reject(session, organisation_id, rejected_by=caller.person)


@router.get(
    "/v1/organisations/{organisation_id}/members",
    audience=Person(),
    response_model=ListOut[MemberOut],
    problems=[CursorInvalid, OrganisationNotFound],
)
async def list_members(organisation_id: UUID, session: Session, caller: CallerDep, page: Paging) -> ListOut[MemberOut]:
    """Who is what in an organisation of the caller's."""
    await roles.require_member(session, caller.person, organisation_id)
    found = await paginate(session, roles.members(organisation_id), [OrganisationMandate.created_at, OrganisationMandate.id], page)
    return ListOut(items=[MemberOut.model_validate(row) for row in found.items], next=found.next)


@router.post(
    "/v1/organisations/{organisation_id}/members",
    audience=Person(acr=2),
    status_code=201,
    response_model=MemberOut,
    problems=[*MEMBERS, MandateRefused, PersonNotFound, UnitNotFound],
)
async def give_role(organisation_id: UUID, body: MemberIn, session: Session, caller: CallerDep) -> OrganisationMandate:
    """Give a person a role: by the organisation's administrators, or under what it lent, by those of the other organisation."""
    await step_up.require(session, caller, "organisation.administer")
    role = OrganisationRole(body.role)
    new = NewMandate(organisation_id, body.person_id, role, valid_until=body.valid_until, area_id=body.area_id)
    return await roles.grant(session, new, granted_by=caller.person)


@router.delete(
    "/v1/organisations/{organisation_id}/members/{mandate_id}",
    audience=Person(acr=2),
    status_code=204,
    problems=[OrganisationNotFound, MandateNotFound, LastAdministrator, StepUpRequired, ActionFrozen],
)
async def end_role(organisation_id: UUID, mandate_id: UUID, session: Session, caller: CallerDep) -> None:
    """End a role at once, one's own included."""
    await step_up.require(session, caller, "organisation.administer")
    await roles.end(session, organisation_id, mandate_id, ended_by=caller.person)


@router.get(
    "/v1/organisations/{organisation_id}/lendings",
    audience=Person(),
    response_model=ListOut[LendingOut],
    problems=[CursorInvalid, OrganisationNotFound],
)
async def list_lendings(organisation_id: UUID, session: Session, caller: CallerDep, page: Paging) -> ListOut[LendingOut]:
    """What the organisation lends others, and what others lend it."""
    await roles.require_member(session, caller.person, organisation_id)
    columns = [OrganisationDelegation.created_at, OrganisationDelegation.id]
    found = await paginate(session, roles.lendings(organisation_id), columns, page)
    return ListOut(items=[LendingOut.model_validate(row) for row in found.items], next=found.next)


@router.post(
    "/v1/organisations/{organisation_id}/lendings",
    audience=Person(acr=2),
    status_code=201,
    response_model=LendingOut,
    problems=[*MEMBERS, MandateRefused],
)
async def lend_roles(organisation_id: UUID, body: LendingIn, session: Session, caller: CallerDep) -> OrganisationDelegation:
    """Lend another organisation a set of roles; its administrators give them to their people."""
    await step_up.require(session, caller, "organisation.administer")
    chosen = [OrganisationRole(role) for role in body.roles]
    return await roles.lend(
        session, organisation_id, body.to_organisation_id, chosen, granted_by=caller.person, valid_until=body.valid_until
    )


@router.delete(
    "/v1/organisations/{organisation_id}/lendings/{lending_id}",
    audience=Person(acr=2),
    status_code=204,
    problems=[*MEMBERS, MandateNotFound],
)
async def end_lending(organisation_id: UUID, lending_id: UUID, session: Session, caller: CallerDep) -> None:
    """End what was lent, with every role given under it."""
    await step_up.require(session, caller, "organisation.administer")
    await roles.end_lent(session, organisation_id, lending_id, ended_by=caller.person)
