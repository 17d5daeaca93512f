"""Makes access tokens and ID tokens: ES256, five minutes, pairwise subject, no personal data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from joserfc import jwt
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.clients import service as clients
from identity.clients.models import OAuthClient
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.mandates.acting import ActFor, MandateKind
from identity.oauth import es256
from identity.oauth.models import Grant
from kernel.settings import settings

ACCESS_LIFETIME = timedelta(minutes=5)
ACR = "urn:hanoi:loa:"


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was made: its text, how long it lives in seconds, and the subject it names."""

    token: str
    expires_in: int
    sub: str


async def sign(session: AsyncSession, purpose: KeyPurpose, typ: str, claims: Mapping[str, Any]) -> str:
    return signed(await keys.ring(session, purpose), purpose, typ, claims)


def signed(ring: keys.Ring, purpose: KeyPurpose, typ: str, claims: Mapping[str, Any]) -> str:
    """A token of these claims, signed with the current key of the ring."""
    algorithm, key = keys.ALGORITHM[purpose], ring.signing.private_key
    if isinstance(key, EllipticCurvePrivateKey):
        return es256.token(key, typ, str(ring.signing.kid), dict(claims))
    return jwt.encode({"alg": algorithm, "typ": typ, "kid": ring.signing.kid}, dict(claims), ring.signing, algorithms=[algorithm])


class Granted(Protocol):
    """What tokens say of a grant."""

    @property
    def id(self) -> UUID: ...
    @property
    def session_id(self) -> UUID: ...
    @property
    def dpop_jkt(self) -> str | None: ...
    @property
    def acr(self) -> int: ...
    @property
    def amr(self) -> list[str]: ...
    @property
    def auth_time(self) -> datetime: ...
    @property
    def details(self) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Aim:
    """Where a token counts: its resource, the scopes that mean something there, and the sector its subject is known by."""

    resource: str
    scope: str
    sector: str


async def access_token(session: AsyncSession, client: OAuthClient, grant: Grant, aim: Aim) -> Issued:
    """An `at+jwt` (RFC 9068) for a person's grant."""
    sub = await clients.pairwise(session, grant.person_id, aim.sector)
    claims = access_claims(client.client_id, grant, aim, sub)
    if aim.sector != client.sector:
        claims["sector"] = aim.sector
    return Issued(await sign(session, KeyPurpose.OAUTH, "at+jwt", claims), int(ACCESS_LIFETIME.total_seconds()), sub)


def access_claims(client_id: str, grant: Granted, aim: Aim, sub: str) -> dict[str, Any]:
    """What an access token for a person's grant says in the client's own sector."""
    claims = _common(client_id, sub, aim.resource, aim.scope, grant.dpop_jkt) | {
        "sid": str(grant.session_id),
        "gid": str(grant.id),
        "acr": f"{ACR}{grant.acr}",
        "auth_time": _seconds(grant.auth_time),
    }
    return claims | ({"authorization_details": grant.details} if grant.details else {})


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What a token made of another one says (RFC 8693): never a longer life, a higher level or an older chain than that one."""

    client: OAuthClient
    person_id: UUID
    aim: Aim
    jkt: str
    until: datetime
    subject: Mapping[str, Any]
    act_for: Mapping[str, Any] | None = None

    @property
    def act(self) -> dict[str, Any]:
        """Who acts, and who acted before (RFC 8693, section 4.1)."""
        before = {"act": self.subject["act"]} if "act" in self.subject else {}
        return {"sub": self.client.client_id} | before


async def exchanged_token(session: AsyncSession, made: Exchanged) -> Issued:
    """An access token for another resource, for the same person."""
    sub = await clients.pairwise(session, made.person_id, made.aim.sector)
    carried = {name: made.subject[name] for name in ("sid", "gid", "acr", "auth_time") if name in made.subject}
    if made.act_for is not None:
        carried["act_for"] = made.act_for
    claims = _common(made.client.client_id, sub, made.aim.resource, made.aim.scope, made.jkt) | carried
    claims |= {"exp": min(claims["exp"], _seconds(made.until)), "sector": made.aim.sector, "act": made.act}
    return Issued(await sign(session, KeyPurpose.OAUTH, "at+jwt", claims), claims["exp"] - claims["iat"], sub)


async def client_token(session: AsyncSession, client: OAuthClient, *, scope: str, resource: str, jkt: str) -> Issued:
    """An access token for a client on its own account; always bound to its key."""
    claims = _common(client.client_id, client.client_id, resource, scope, jkt)
    return Issued(await sign(session, KeyPurpose.OAUTH, "at+jwt", claims), int(ACCESS_LIFETIME.total_seconds()), client.client_id)


def _common(client_id: str, sub: str, audience: str, scope: str, jkt: str | None) -> dict[str, Any]:
    moment = now()
    claims: dict[str, Any] = {
        "iss": settings().public_url,
        "sub": sub,
        "aud": audience,
        "client_id": client_id,
        "scope": scope,
        "jti": new_id().hex,
        "iat": _seconds(moment),
        "exp": _seconds(moment + ACCESS_LIFETIME),
    }
    return claims | ({"cnf": {"jkt": jkt}} if jkt else {})


async def id_token(session: AsyncSession, client: OAuthClient, grant: Grant, *, nonce: str | None, sub: str | None = None) -> str:
    """An ID token; `sub`: the person's subject in the client's sector, where it is known already."""
    sub = sub or await clients.pairwise(session, grant.person_id, client.sector)
    return await sign(session, KeyPurpose.OAUTH, "JWT", id_claims(client.client_id, grant, sub, nonce))


def id_claims(client_id: str, grant: Granted, sub: str, nonce: str | None) -> dict[str, Any]:
    """What an ID token says."""
    moment = now()
    claims: dict[str, Any] = {
        "iss": settings().public_url,
        "sub": sub,
        "aud": client_id,
        "iat": _seconds(moment),
        "exp": _seconds(moment + ACCESS_LIFETIME),
        "auth_time": _seconds(grant.auth_time),
        "acr": f"{ACR}{grant.acr}",
        "amr": grant.amr,
        "sid": str(grant.session_id),
    }
    return claims | ({"nonce": nonce} if nonce else {})


@dataclass(frozen=True, slots=True)
class AppToken:
    """What an exchanged token for a mini-app says. `actor`: the client that opened it; `jkt`: the page's own key."""

    person_id: UUID
    session_id: UUID
    sub: str
    sector: str
    app_id: str
    scopes: frozenset[str]
    acr: int
    epoch: int
    actor: str | None = None
    jkt: str | None = None


async def app_token(session: AsyncSession, told: AppToken, *, act_for: ActFor | None = None) -> Issued:
    """A five-minute token for one mini-app's gateway (RFC 8693): audience the app, subject pairwise, killed by a higher app epoch."""
    claims = _common(told.app_id, told.sub, told.app_id, " ".join(sorted(told.scopes)), told.jkt) | {
        "sid": str(told.session_id),
        "acr": f"{ACR}{told.acr}",
        "app_epoch": told.epoch,
        "sector": told.sector,
    }
    if told.actor is not None:
        claims["act"] = {"sub": told.actor}
    if act_for is not None:
        claims |= await _acting(session, told, act_for)
        claims["exp"] = min(claims["exp"], claims["act_for"].get("until", claims["exp"]))
    return Issued(await sign(session, KeyPurpose.OAUTH, "at+jwt", claims), claims["exp"] - claims["iat"], told.sub)


async def named(session: AsyncSession, act_for: ActFor, sector: str) -> str:
    """How a sector's mini-app knows the one acted for: an organisation by its id, a person by their pairwise subject there."""
    return str(act_for.id) if act_for.kind is MandateKind.ORGANISATION else await clients.pairwise(session, act_for.id, sector)


async def _acting(session: AsyncSession, told: AppToken, act_for: ActFor) -> dict[str, Any]:
    said = {"kind": act_for.kind.value, "id": await named(session, act_for, told.sector), "roles": sorted(act_for.roles)}
    return {"act_for": said | ({"until": _seconds(act_for.until)} if act_for.until else {})}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
