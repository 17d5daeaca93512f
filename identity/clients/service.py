"""Registers clients and gives people the name a sector knows them by."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.text import Text
from identity.clients.models import ClientKind, ClientState, OAuthClient, PairwiseAlias
from identity.sessions import service as sessions
from identity.sessions.models import RevocationKind
from identity.settings import settings
from kernel import key_file
from kernel.settings import parse_keys


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """What registers a client. `sector` defaults to the client itself; confidential clients have keys, in `jwks` or behind `jwks_uri`.

    `purposes`: per scope or claim key, why it is asked; `details_types`: what it may ask to pay or sign (RFC 9396).
    """

    client_id: str
    name: Text
    kind: ClientKind
    scopes: Sequence[str]
    jwks: dict[str, Any] | None = None
    redirect_uris: Sequence[str] = ()
    post_logout_redirect_uris: Sequence[str] = ()
    sector: str | None = None
    first_party: bool = False
    state: ClientState = ClientState.ACTIVE
    organisation_id: UUID | None = None
    purposes: Mapping[str, Text] = field(default_factory=dict)
    details_types: Sequence[str] = ()
    jwks_uri: str | None = None
    sector_identifier_uri: str | None = None
    backchannel_logout_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    require_signed_request_object: bool = False
    device_grant: bool = False


async def ensure(session: AsyncSession, spec: ClientSpec) -> None:
    """Register the client, or bring the registration to what `spec` says."""
    values = columns_of(spec) | {"created_at": now()}
    kept = {name: value for name, value in values.items() if name not in {"client_id", "created_at"}}
    await session.execute(insert(OAuthClient).values(**values).on_conflict_do_update(index_elements=[OAuthClient.client_id], set_=kept))


def columns_of(spec: ClientSpec) -> dict[str, Any]:
    """The registration as its row has it. Raises ValueError for a confidential client without keys."""
    if spec.kind is ClientKind.CONFIDENTIAL and not spec.jwks and not spec.jwks_uri:
        raise ValueError("a confidential client has keys")
    values = asdict(spec)
    name = values.pop("name")
    lists = ("scopes", "redirect_uris", "post_logout_redirect_uris", "details_types")
    return (
        values
        | {column: list(values[column]) for column in lists}
        | {"name_vi": name["vi"], "name_en": name["en"], "sector": spec.sector or spec.client_id}
        | {"purposes": {key: {"vi": text.vi, "en": text.en} for key, text in spec.purposes.items()}}
    )


async def find(session: AsyncSession, client_id: str) -> OAuthClient | None:
    return await session.get(OAuthClient, client_id)


async def active(session: AsyncSession, client_id: str) -> OAuthClient | None:
    """The client, where it may be used now."""
    found = await find(session, client_id)
    return found if found is not None and found.state is ClientState.ACTIVE else None


async def exists(session: AsyncSession, client_id: str) -> bool:
    return await find(session, client_id) is not None


async def forget_tokens(session: AsyncSession, client_id: str) -> None:
    """No token the client was given before this moment counts any more; it may ask for others."""
    sessions.revoke(session, RevocationKind.CLIENT, client_id)
    await session.flush()


async def state(session: AsyncSession, client_id: str) -> ClientState | None:
    """Where the registration stands; None for a client that is not there."""
    row = await find(session, client_id)
    return None if row is None else row.state


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[dict[str, bytes], str]:
    return parse_keys(text)


def _keys() -> tuple[dict[str, bytes], str]:
    return _parsed(key_file.line("pairwise", settings().pairwise_keys))


def subject(person_id: UUID, sector: str) -> str:
    """Key id, a dot, and 32 characters of base64url(HMAC-SHA256(key, sector 0x1F person)): never the same in two sectors."""
    keys, current = _keys()
    digest = hmac.new(keys[current], f"{sector}\x1f{person_id}".encode(), hashlib.sha256).digest()
    return f"{current}.{base64.urlsafe_b64encode(digest).decode()[:32]}"


async def pairwise(session: AsyncSession, person_id: UUID, sector: str) -> str:
    """The person's subject in a sector, remembered so that the sector's backend can name the person to us.

    Once made it stays: a rotation of the key makes other subjects for newcomers only.
    """
    known = select(PairwiseAlias.sub).where(PairwiseAlias.person_id == person_id, PairwiseAlias.sector == sector)
    held: str | None = await session.scalar(known.order_by(PairwiseAlias.created_at, PairwiseAlias.sub).limit(1))
    if held is not None:
        return held
    sub = subject(person_id, sector)
    row = insert(PairwiseAlias).values(sector=sector, sub=sub, person_id=person_id, created_at=now())
    await session.execute(row.on_conflict_do_nothing())
    return sub


async def person_of(session: AsyncSession, sector: str, sub: str) -> UUID | None:
    found: UUID | None = await session.scalar(
        select(PairwiseAlias.person_id).where(PairwiseAlias.sector == sector, PairwiseAlias.sub == sub)
    )
    return found
