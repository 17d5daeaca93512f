"""Clients of organisations: registered and kept by their developers; and what an app may know of its own versions."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.clients import registration, releases
from identity.clients.models import OAuthClient
from identity.clients.policies import RegistrationRefused
from identity.clients.registration import ClientNotFound
from identity.clients.releases import ReleaseNotFound, VersionRefused
from identity.clients.schemas import Changes, ClientIn, ClientOut, ReleaseOut
from identity.mandates import organisations as members
from identity.mandates.acting import MandateMissing
from identity.mandates.models import OrganisationRole
from identity.organisations.service import OrganisationNotFound
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import Caller, CallerDep, Person, StepUpRequired
from kernel.limits import TooMany

router = Router(tags=["clients"])
Platform = Literal["android", "ios", "huawei", "web"]
ClientId = Annotated[str, Path(max_length=120, pattern=r"^[!-~]+$")]
MEMBER = [OrganisationNotFound, MandateMissing]
DEVELOPERS = frozenset({OrganisationRole.DEVELOPER, OrganisationRole.ADMINISTRATOR})
_PURPOSE = Text(vi="Mỗi phạm vi cần nêu mục đích", en="Every scope needs its purpose")


async def _require_developer(session: Session, caller: Caller, organisation_id: UUID) -> None:
    """Raises OrganisationNotFound for strangers, MandateMissing for members with other roles."""
    held = await members.require_member(session, caller.person, organisation_id)
    if not DEVELOPERS & set(held.roles):
        raise MandateMissing


def require_purposes(body: ClientIn) -> None:
    """Raises RegistrationRefused."""
    if body.unexplained:
        raise RegistrationRefused("purposes", _PURPOSE)


@router.post(
    "/v1/organisations/{organisation_id}/clients",
    audience=Person(acr=2),
    status_code=201,
    response_model=ClientOut,
    problems=[*MEMBER, StepUpRequired, ActionFrozen, RegistrationRefused, TooMany],
)
async def register_client(organisation_id: UUID, body: ClientIn, session: Session, caller: CallerDep) -> ClientOut:
    """Register a client of an organisation; it works once an officer let it in."""
    await _require_developer(session, caller, organisation_id)
    await step_up.require(session, caller, "client.register")
    require_purposes(body)
    return ClientOut.of(await registration.register(session, body.spec(organisation_id), by=caller.person))


@router.get(
    "/v1/organisations/{organisation_id}/clients",
    audience=Person(),
    response_model=ListOut[ClientOut],
    problems=[*MEMBER, CursorInvalid],
)
async def list_clients(organisation_id: UUID, session: Session, caller: CallerDep, page: Paging) -> ListOut[ClientOut]:
    """The clients of an organisation, the newest first."""
    await _require_developer(session, caller, organisation_id)
    mine = registration.registered(organisation_id=organisation_id)
    found = await paginate(session, mine, [OAuthClient.created_at, OAuthClient.client_id], page)
    return ListOut(items=[ClientOut.of(row) for row in found.items], next=found.next)


@router.patch(
    "/v1/organisations/{organisation_id}/clients/{client_id}",
    audience=Person(acr=2),
    response_model=ClientOut,
    problems=[*MEMBER, StepUpRequired, ActionFrozen, ClientNotFound, RegistrationRefused],
)
async def change_client(organisation_id: UUID, client_id: ClientId, body: Changes, session: Session, caller: CallerDep) -> ClientOut:
    """Change keys and addresses of a client; what it may ask of people an officer changes."""
    await _require_developer(session, caller, organisation_id)
    await step_up.require(session, caller, "client.register")
    client = await registration.of_organisation(session, organisation_id, client_id)
    return ClientOut.of(await registration.change(session, client, body.chosen(), by=caller.person))


@router.get(
    "/v1/app-releases/{client_id}/{platform}",
    audience=Anyone(),
    response_model=ReleaseOut,
    problems=[ReleaseNotFound, VersionRefused],
)
async def read_release(
    client_id: ClientId, platform: Platform, session: Session, version: Annotated[str | None, Query(max_length=40)] = None
) -> ReleaseOut:
    """Which versions of an app work; with `version`, whether that one must be updated."""
    release = await releases.release_of(session, client_id, platform)
    return ReleaseOut.of(release, releases.update_for(release, version) if version is not None else None)
