"""Checks access tokens: once per token and process in full, afterwards by its hash, always against what was revoked since."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.clients import service as clients
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.mandates.acting import MandateKind, MandateMissing, acting, key_of
from identity.oauth import es256, jose, standing
from identity.oauth.algorithms import OWN
from identity.oauth.revocations import Revocations
from identity.oauth.tokens import ACR
from kernel.access import Caller
from kernel.settings import settings

HELD = 20_000
TYPE = "at+jwt"


class MandateOver(Problem):
    """The token is good, but whoever it lets act for another may do so no longer: open the app again without, or with another mandate."""

    code = "mandates.over"
    status = 403
    title = Text(vi="Quyền thay mặt đã chấm dứt", en="The mandate has ended")


@dataclass(frozen=True, slots=True)
class Mandate:
    """What a token with `act_for` hangs on: the name under which its end is announced, and its end by the calendar."""

    key: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that was checked in full: who calls, the key it is bound to, and what could revoke it."""

    caller: Caller
    jkt: str | None
    issued_at: datetime
    expires_at: datetime
    subjects: tuple[tuple[str, str], ...]
    mandate: Mandate | None = None


class TokenCache:
    """Verified tokens by their SHA-256, until they expire; the oldest leave when it is full."""

    def __init__(self) -> None:
        self._held: OrderedDict[bytes, Verified] = OrderedDict()

    def get(self, token: str) -> Verified | None:
        return self._held.get(hashlib.sha256(token.encode()).digest())

    def put(self, token: str, verified: Verified) -> None:
        self._held[hashlib.sha256(token.encode()).digest()] = verified
        if len(self._held) > HELD:
            self._held.popitem(last=False)

    def clear(self) -> None:
        self._held.clear()


@dataclass(frozen=True, slots=True)
class Inspected:
    """A token that counts, with everything it says."""

    verified: Verified
    claims: dict[str, Any]

    @property
    def person(self) -> UUID:
        return self.verified.caller.person


async def verify(database: Database, token: str, audience: str) -> Verified | None:
    """Check a token for one audience in full. None when it does not count. Raises MandateOver."""
    ring = keys.held(KeyPurpose.OAUTH)
    said = None if ring is None else _said(ring, token)
    if ring is not None and said is None:
        return None
    if said is not None and "sid" in said.claims and "act_for" not in said.claims:
        return await _plainly(database, token, said) if said.claims["aud"] == audience else None
    async with database.session() as session:
        found = await inspect(session, token)
    return found.verified if found is not None and found.verified.caller.audience == audience else None


async def _plainly(database: Database, token: str, said: "_Said") -> Verified | None:
    """A person who acts for themselves: one statement, without a session."""
    async with database.reader() as connection:
        stands = await standing.of_person(connection, said.claims, said.issued_at, said.subjects)
    return None if stands is None else _person(token, said, stands, None)


async def inspect_quietly(session: AsyncSession, token: str) -> Inspected | None:
    """The same for those who only ask: a token whose mandate is over does not count, like any other that is over."""
    try:
        return await inspect(session, token)
    except MandateOver:
        return None


async def inspect(session: AsyncSession, token: str) -> Inspected | None:
    """Check a token in full: signature, type, issuer, times, that its sign-in and grant live, and that nothing revoked it since."""
    said = _said(await keys.ring(session, KeyPurpose.OAUTH), token)
    if said is None:
        return None
    verified = await _client(session, token, said) if "sid" not in said.claims else await _of_person(session, token, said)
    return None if verified is None else Inspected(verified, said.claims)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a token of ours says whose signature, type, issuer and times are right, and what could revoke it by name."""

    claims: dict[str, Any]
    issued_at: datetime
    expires_at: datetime
    subjects: standing.Subjects


def _said(ring: keys.Ring, token: str) -> _Said | None:
    """Raises MandateOver."""
    opened = _opened(ring, token)
    if opened is None or opened[0].get("iss") != settings().public_url:
        return None
    claims, kid = opened
    expires_at = _moment(claims.get("exp"))
    issued_at = _moment(claims.get("iat"))
    if expires_at is None or issued_at is None:
        return None
    if expires_at <= now():
        if "act_for" in claims and (until := _moment(claims["act_for"].get("until"))) is not None and until <= now():
            raise MandateOver
        return None
    known: standing.Subjects = (
        ("client", str(claims["client_id"])),
        ("token", str(claims.get("jti"))),
        ("key", kid),
    )
    if "sid" in claims:
        known = (*known, ("session", str(UUID(str(claims["sid"])))), ("grant", str(claims.get("gid", ""))))
    return _Said(claims, issued_at, expires_at, known)


def _opened(ring: keys.Ring, token: str) -> tuple[dict[str, Any], str] | None:
    """The claims of an access token of ours, its signature verified, and the id of its key."""
    try:
        return es256.claims_of(token, TYPE, ring.curves)
    except LookupError:
        pass
    try:
        decoded = jose.decoded(token, ring.public, registry=OWN)
    except jose.Unreadable:
        return None
    if str(decoded.header.get("typ", "")).lower() != TYPE:
        return None
    return decoded.claims, str(decoded.header.get("kid", ""))


async def _client(session: AsyncSession, token: str, said: _Said) -> Verified | None:
    """A client on its own account."""
    if await standing.revoked(session, said.subjects, said.issued_at):
        return None
    claims, client_id = said.claims, str(said.claims["client_id"])
    caller = Caller(
        "client",
        f"client:{client_id}",
        client_id,
        claims["aud"],
        _scopes(claims),
        expires_at=said.expires_at,
        sub=str(claims["sub"]),
        token=token,
    )
    return Verified(caller, _jkt(claims), said.issued_at, said.expires_at, said.subjects)


async def _of_person(session: AsyncSession, token: str, said: _Said) -> Verified | None:
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    stands = await standing.of_person(connection, said.claims, said.issued_at, said.subjects)
    if stands is None:
        return None
    return _person(token, said, stands, await _mandate(session, stands.person_id, said.claims, stands.sector))


def _person(token: str, said: _Said, stands: standing.Standing, mandate: Mandate | None) -> Verified:
    """A person through a client."""
    claims, person_id, client_id = said.claims, stands.person_id, str(said.claims["client_id"])
    caller = Caller(
        "person",
        f"person:{person_id}",
        client_id,
        claims["aud"],
        _scopes(claims),
        person_id,
        int(str(claims.get("acr", f"{ACR}0")).removeprefix(ACR)),
        _moment(claims.get("auth_time")),
        UUID(str(claims["sid"])),
        said.expires_at,
        str(claims["sub"]),
        claims.get("app_epoch"),
        token,
        foreign=not stands.first_party,
        act_for=claims["act_for"]["id"] if mandate else None,
        roles=frozenset(claims["act_for"]["roles"]) if mandate else frozenset(),
        grant_id=UUID(str(claims["gid"])) if "gid" in claims else None,
    )
    subjects = (*said.subjects, ("person", str(person_id)), ("consent", f"{person_id}:{client_id}"))
    return Verified(caller, _jkt(claims), said.issued_at, said.expires_at, subjects, mandate)


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    return frozenset(str(claims.get("scope", "")).split())


def _jkt(claims: dict[str, Any]) -> str | None:
    jkt: str | None = (claims.get("cnf") or {}).get("jkt")
    return jkt


async def _mandate(session: AsyncSession, person_id: UUID, claims: dict[str, Any], sector: str | None) -> Mandate | None:
    """The mandate of a token with `act_for`, looked at again. Raises MandateOver."""
    said = claims.get("act_for")
    if said is None:
        return None
    kind = MandateKind(said["kind"])
    target = UUID(said["id"]) if kind is MandateKind.ORGANISATION else await clients.person_of(session, sector or "", said["id"])
    try:
        if target is None or not (await acting(session, person_id, kind, target)).roles >= set(said["roles"]):
            raise MandateOver
    except MandateMissing as missing:
        raise MandateOver from missing
    return Mandate(key_of(person_id, kind, target), _moment(said.get("until")))


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return datetime.fromtimestamp(value, tz=UTC)


def still_good(verified: Verified, revocations: Revocations) -> bool:
    """Whether a token that was good when first seen is good now. Raises MandateOver."""
    held = verified.mandate
    if held and ((held.until and held.until <= now()) or revocations.hit([("mandate", held.key)], verified.issued_at)):
        raise MandateOver
    return verified.expires_at > now() and not revocations.hit(verified.subjects, verified.issued_at)
