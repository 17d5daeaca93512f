"""Registers clients for organisations and staff: checked when written, its documents read by a job, and let in by an officer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.clients import policies
from identity.clients.models import ClientKind, ClientState, OAuthClient, ProtectedResource
from identity.clients.service import ClientSpec, columns_of
from identity.oauth.resources import hub_resource
from identity.sessions import service as sessions
from identity.sessions.models import RevocationKind
from identity.settings import settings
from kernel.audit import record
from kernel.jobs import jobs
from kernel.limits import spend

REGISTERED_A_DAY: Final = 20
READ: Final = "clients.read_documents"
ADDRESSES: Final = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "logo_uri", "policy_uri")


class ClientNotFound(Problem):
    code = "clients.not_found"
    status = 404
    title = Text(vi="Không tìm thấy ứng dụng này", en="There is no such client")


class ClientNotReady(Problem):
    """Its keys or its sector document could not be read yet; `problem` names the address."""

    code = "clients.not_ready"
    status = 409
    title = Text(vi="Chưa đọc được khoá hoặc tài liệu của ứng dụng", en="The client's keys or documents could not be read yet")


class ResourceTaken(Problem):
    code = "clients.resource_taken"
    status = 409
    title = Text(vi="Địa chỉ tài nguyên này đã thuộc ứng dụng khác", en="This resource belongs to another client")


async def register(session: AsyncSession, spec: ClientSpec, *, by: UUID) -> OAuthClient:
    """A new client, waiting for an officer; its id is made here. Raises RegistrationRefused, TooMany."""
    await spend(session, f"clients:{by}", limit=REGISTERED_A_DAY, window=timedelta(days=1))
    client_id = f"hs_{new_id().hex}"
    policies.check_keys(spec.kind, spec.jwks, spec.jwks_uri)
    _check(spec.kind, columns_of(spec))
    sector = policies.sector_of(spec.redirect_uris, spec.sector_identifier_uri, client_id)
    values = columns_of(spec) | {"client_id": client_id, "state": ClientState.PENDING, "sector": sector, "first_party": False}
    client = OAuthClient(**values)
    session.add(client)
    await session.flush()
    await _read_later(session, client)
    facts = {"client": client_id, "organisation": str(spec.organisation_id)}
    await record(session, actor=f"person:{by}", action="client.registered", subject=f"client:{client_id}", facts=facts)
    return client


def _check(kind: ClientKind, values: Mapping[str, Any]) -> None:
    inward = settings().inward_clients
    policies.check_redirects(kind, [*values["redirect_uris"], *values["post_logout_redirect_uris"]], inward=inward)
    # Where there is an address, `jwks` is what it said when it was last read.
    policies.check_keys(kind, None if values["jwks_uri"] else values["jwks"], values["jwks_uri"])
    for field in ADDRESSES:
        policies.check_address(field, values[field], inward=inward)


async def change(session: AsyncSession, client: OAuthClient, changes: Mapping[str, Any], *, by: UUID) -> OAuthClient:
    """Change a registration. Raises RegistrationRefused; nothing is changed then."""
    if "jwks" in changes and changes["jwks"] is not None:
        changes = {**changes, "jwks_uri": None}
    elif changes.get("jwks_uri") is not None:
        changes = {**changes, "jwks": None}
    names = ("redirect_uris", "post_logout_redirect_uris", "jwks", *ADDRESSES)
    _check(client.kind, {name: changes.get(name, getattr(client, name)) for name in names})
    if "redirect_uris" in changes:
        policies.sector_of(changes["redirect_uris"], client.sector_identifier_uri, client.client_id)
    for name, value in changes.items():
        setattr(client, name, value)
    await session.flush()
    await _read_later(session, client)
    facts = {"changed": sorted(changes)}
    await record(session, actor=f"person:{by}", action="client.changed", subject=f"client:{client.client_id}", facts=facts)
    return client


async def _read_later(session: AsyncSession, client: OAuthClient) -> None:
    if client.jwks_uri is not None or client.sector_identifier_uri is not None:
        client.checked_at = None
        await jobs.enqueue(session, READ, {"client_id": client.client_id})


async def set_state(session: AsyncSession, client: OAuthClient, state: ClientState, *, by: UUID) -> None:
    """Let a client in, or shut it out: then none of its tokens counts any more. Raises ClientNotReady."""
    outside = client.jwks_uri is not None or client.sector_identifier_uri is not None
    if state is ClientState.ACTIVE and outside and (client.checked_at is None or client.check_problem is not None):
        raise ClientNotReady(problem=client.check_problem)
    client.state = state
    if state is not ClientState.ACTIVE:
        sessions.revoke(session, RevocationKind.CLIENT, client.client_id)
    await session.flush()
    await record(session, actor=f"person:{by}", action=f"client.{state.value}", subject=f"client:{client.client_id}", facts={})


async def of_organisation(session: AsyncSession, organisation_id: UUID, client_id: str) -> OAuthClient:
    """Raises ClientNotFound, also for another organisation's."""
    found = await session.get(OAuthClient, client_id)
    if found is None or found.organisation_id != organisation_id:
        raise ClientNotFound
    return found


async def any_client(session: AsyncSession, client_id: str) -> OAuthClient:
    """Raises ClientNotFound."""
    found = await session.get(OAuthClient, client_id)
    if found is None:
        raise ClientNotFound
    return found


def registered(*, organisation_id: UUID | None = None, state: ClientState | None = None) -> Select[OAuthClient]:
    """The registrations of an organisation, or in a state, or all."""
    found = select(OAuthClient)
    if organisation_id is not None:
        found = found.where(OAuthClient.organisation_id == organisation_id)
    return found if state is None else found.where(OAuthClient.state == state)


async def protect(session: AsyncSession, client: OAuthClient, resource: str, scopes: Sequence[str], *, by: UUID) -> None:
    """Name an API of the client that tokens may be made for, and its scopes. Raises RegistrationRefused, ResourceTaken."""
    policies.check_address("resource", resource, inward=settings().inward_clients)
    # Whoever answers for a resource may introspect and exchange its tokens: the hub's own are nobody's.
    if resource == hub_resource() or resource.startswith(f"{hub_resource()}/"):
        raise ResourceTaken
    row = insert(ProtectedResource).values(resource=resource, client_id=client.client_id, scopes=list(scopes), created_at=now())
    mine = ProtectedResource.client_id == client.client_id
    kept = row.on_conflict_do_update(index_elements=[ProtectedResource.resource], set_={"scopes": row.excluded.scopes}, where=mine)
    if await session.scalar(kept.returning(ProtectedResource.resource)) is None:
        raise ResourceTaken
    facts = {"resource": resource, "scopes": list(scopes)}
    await record(session, actor=f"person:{by}", action="client.protects", subject=f"client:{client.client_id}", facts=facts)
