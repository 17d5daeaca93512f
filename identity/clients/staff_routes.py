"""Clients as officers handle them: registered, changed, let in and shut out."""

from typing import Annotated

from fastapi import Query

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.clients import registration, releases
from identity.clients.models import ClientState, OAuthClient
from identity.clients.policies import RegistrationRefused
from identity.clients.registration import ClientNotFound, ClientNotReady, ResourceTaken
from identity.clients.releases import Release, VersionRefused
from identity.clients.routes import ClientId, Platform, require_purposes
from identity.clients.schemas import ClientIn, ClientOut, ReleaseIn, ReleaseOut, ResourceIn, StaffChanges, StateIn
from kernel.access import CallerDep, Staff

router = Router(tags=["clients"])
OFFICER = Staff("clients.manage")


@router.post("/v1/staff/clients", audience=OFFICER, status_code=201, response_model=ClientOut, problems=[RegistrationRefused])
async def register_client_as_staff(body: ClientIn, session: Session, caller: CallerDep) -> ClientOut:
    """Register a client of no organisation."""
    require_purposes(body)
    return ClientOut.of(await registration.register(session, body.spec(None), by=caller.person))


@router.get("/v1/staff/clients", audience=OFFICER, response_model=ListOut[ClientOut], problems=[CursorInvalid])
async def list_all_clients(session: Session, page: Paging, state: Annotated[ClientState | None, Query()] = None) -> ListOut[ClientOut]:
    """Every client, or those in a state, the newest first."""
    found = await paginate(session, registration.registered(state=state), [OAuthClient.created_at, OAuthClient.client_id], page)
    return ListOut(items=[ClientOut.of(row) for row in found.items], next=found.next)


@router.get("/v1/staff/clients/{client_id}", audience=OFFICER, response_model=ClientOut, problems=[ClientNotFound])
async def read_client(client_id: ClientId, session: Session) -> ClientOut:
    return ClientOut.of(await registration.any_client(session, client_id))


@router.patch("/v1/staff/clients/{client_id}", audience=OFFICER, response_model=ClientOut, problems=[ClientNotFound, RegistrationRefused])
async def change_client_as_staff(client_id: ClientId, body: StaffChanges, session: Session, caller: CallerDep) -> ClientOut:
    """Change anything of a registration but its sector."""
    client = await registration.any_client(session, client_id)
    return ClientOut.of(await registration.change(session, client, body.chosen(), by=caller.person))


@router.put("/v1/staff/clients/{client_id}/state", audience=OFFICER, status_code=204, problems=[ClientNotFound, ClientNotReady])
async def set_client_state(client_id: ClientId, body: StateIn, session: Session, caller: CallerDep) -> None:
    """Let a client in, or shut it out with all its tokens."""
    client = await registration.any_client(session, client_id)
    await registration.set_state(session, client, ClientState(body.state), by=caller.person)


@router.put(
    "/v1/staff/clients/{client_id}/resources",
    audience=OFFICER,
    status_code=204,
    problems=[ClientNotFound, RegistrationRefused, ResourceTaken],
)
async def protect_resource(client_id: ClientId, body: ResourceIn, session: Session, caller: CallerDep) -> None:
    """Name an API of the client that tokens may be made for (RFC 8707)."""
    client = await registration.any_client(session, client_id)
    await registration.protect(session, client, body.resource, body.scopes, by=caller.person)


@router.put(
    "/v1/staff/clients/{client_id}/releases/{platform}",
    audience=OFFICER,
    response_model=ReleaseOut,
    problems=[ClientNotFound, VersionRefused],
)
async def publish_release(client_id: ClientId, platform: Platform, body: ReleaseIn, session: Session) -> ReleaseOut:
    """Say which versions of an app work."""
    await registration.any_client(session, client_id)
    message = Text(vi=body.message.vi, en=body.message.en)
    release = Release(client_id, platform, body.minimum, body.latest, body.store_url, message)
    await releases.publish(session, release)
    return ReleaseOut.of(release, None)
