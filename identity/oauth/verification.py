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
from hanoismart.text import Text
from identity.clients import service as clients
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.mandates.acting import MandateKind, MandateMissing, acting, key_of
from identity.oauth import jose, standing
from identity.oauth.algorithms import OWN
from identity.oauth.revocations import Revocations
from identity.oauth.tokens import ACR
from kernel.access import Caller
from kernel.settings import settings

HELD = 20_000


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


async def verify(session: AsyncSession, token: str, audience: str) -> Verified | None:
    """Check a token for one audience in full. None when it does not count."""
    found = await inspect(session, token)
    return found.verified if found is not None and found.verified.caller.audience == audience else None


async def inspect_quietly(session: AsyncSession, token: str) -> Inspected | None:
    """The same for those who only ask: a token whose mandate is over does not count, like any other that is over."""
    try:
        return await inspect(session, token)
    except MandateOver:
        return None


async def inspect(session: AsyncSession, token: str) -> Inspected | None:
    """Check a token in full: signature, type, issuer, times, that its sign-in and grant live, and that nothing revoked it since."""
    ring = await keys.ring(session, KeyPurpose.OAUTH)
    try:
        decoded = jose.decoded(token, ring.public, registry=OWN)
    except jose.Unreadable:
        return None
    claims = decoded.claims
    if str(decoded.header.get("typ", "")).lower() != "at+jwt" or claims.get("iss") != settings().public_url:
        return None
    expires_at = _moment(claims.get("exp"))
    issued_at = _moment(claims.get("iat"))
    if expires_at is None or issued_at is None:
        return None
    if expires_at <= now():
        if "act_for" in claims and (until := _moment(claims["act_for"].get("until"))) is not None and until <= now():
            raise MandateOver
        return None
    verified = await _caller(session, token, claims, issued_at, expires_at, str(decoded.header.get("kid", "")))
    if verified is None:
        return None
    return Inspected(verified, claims)


async def _caller(
    session: AsyncSession, token: str, claims: dict[str, Any], issued_at: datetime, expires_at: datetime, kid: str
) -> Verified | None:
    client_id, sub = str(claims["client_id"]), str(claims["sub"])
    scopes = frozenset(str(claims.get("scope", "")).split())
    jkt = (claims.get("cnf") or {}).get("jkt")
    known: standing.Subjects = (("client", client_id), ("token", str(claims.get("jti"))), ("key", kid))
    if "sid" not in claims:
        caller = Caller("client", f"client:{client_id}", client_id, claims["aud"], scopes, expires_at=expires_at, sub=sub, token=token)
        if await standing.revoked(session, known, issued_at):
            return None
        return Verified(caller, jkt, issued_at, expires_at, known)
    session_id = UUID(str(claims["sid"]))
    known = (*known, ("session", str(session_id)), ("grant", str(claims.get("gid", ""))))
    stands = await standing.of_person(session, claims, issued_at, known)
    if stands is None:
        return None
    person_id, sector = stands.person_id, stands.sector
    grant_id = UUID(str(claims["gid"])) if "gid" in claims else None
    mandate = await _mandate(session, person_id, claims, sector)
    caller = Caller(
        "person",
        f"person:{person_id}",
        client_id,
        claims["aud"],
        scopes,
        person_id,
        int(str(claims.get("acr", f"{ACR}0")).removeprefix(ACR)),
        _moment(claims.get("auth_time")),
        session_id,
        expires_at,
        sub,
        claims.get("app_epoch"),
        token,
        foreign=not stands.first_party,
        act_for=claims["act_for"]["id"] if mandate else None,
        roles=frozenset(claims["act_for"]["roles"]) if mandate else frozenset(),
        grant_id=grant_id,
    )
    subjects = (*known, ("person", str(person_id)), ("consent", f"{person_id}:{client_id}"))
    return Verified(caller, jkt, issued_at, expires_at, subjects, mandate)


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
