"""Token and refresh for a client whose request is as it should be: everything checked, spent and written in one statement.

The code's row is held before its proof is spent, so that a code which cannot be redeemed spends nothing. The room does it the other way
round: where one request comes by both ways at once, PostgreSQL gives one of them up, and a short way that was given up goes to the room.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.oauth import codes, dpop, grants, tokens
from identity.oauth.claims import SCOPES
from identity.oauth.forms import form_of
from identity.oauth.hot import proofs
from identity.oauth.hot.proofs import AUTHENTICATION, CLIENT_STANDS, SPENT, Proved
from identity.oauth.resources import hub_resource
from identity.oauth.tokens import Aim
from kernel.limits import open_door

CODE: Final = AUTHENTICATION | {"grant_type", "code", "redirect_uri", "code_verifier"}
REFRESH: Final = AUTHENTICATION | {"grant_type", "refresh_token"}
PURPOSE: Final = KeyPurpose.OAUTH

# The grant `g` of a token for the hub alone, with nothing to pay or sign, whose sign-in lives and whose person its client knows by name.
_GRANT: Final = f"""
    JOIN identity.oauth_grant g ON g.id = held.grant_id
    JOIN identity.oauth_client c ON c.client_id = g.client_id
    JOIN identity.sign_in_session s ON s.id = g.session_id
    JOIN LATERAL (
        SELECT a.sub FROM identity.pairwise_alias a WHERE a.person_id = g.person_id AND a.sector = c.sector
        ORDER BY a.created_at, a.sub LIMIT 1) alias ON true
    WHERE g.client_id = $2 AND g.revoked_at IS NULL AND g.resource = $9 AND g.details = '[]'
        AND string_to_array(g.scope, ' ') <@ $10::text[]
        AND {CLIENT_STANDS} AND s.ended_at IS NULL AND s.expires_at > $8"""  # noqa: S608 (put together from constants)
_TOLD: Final = "g.id, g.session_id, g.person_id, g.scope, g.acr, g.amr::text AS amr, g.auth_time, g.expires_at, alias.sub"

REDEEM: Final = f"""
WITH ready AS (
    SELECT held.code_hash, held.nonce, {_TOLD}
    FROM identity.authorization_code held {_GRANT}
        AND held.code_hash = $1 AND held.client_id = $2 AND held.used_at IS NULL AND held.expires_at > $8
        AND held.challenge = $11 AND ($12::text IS NULL OR held.redirect_uri = $12) AND coalesce(held.dpop_jkt, $13) = $13
        AND (c.first_party OR NOT EXISTS (
            SELECT FROM identity.identity_lock l WHERE l.person_id = g.person_id AND l.unlocked_at IS NULL))
    FOR UPDATE OF held
), {SPENT}, used AS (
    UPDATE identity.authorization_code k SET used_at = $8 FROM ready, first WHERE k.code_hash = ready.code_hash RETURNING k.code_hash
), bound AS (
    UPDATE identity.oauth_grant g SET dpop_jkt = $13 FROM ready, first WHERE g.id = ready.id AND g.dpop_jkt IS DISTINCT FROM $13
), seen AS (
    UPDATE identity.device d SET last_seen_at = $8 FROM ready, first
    WHERE d.person_id = ready.person_id AND d.jkt = $13 AND d.ended_at IS NULL
    RETURNING d.id
), hung AS (
    UPDATE identity.sign_in_session s SET device_id = seen.id FROM ready, seen
    WHERE s.id = ready.session_id AND s.device_id IS NULL AND s.ended_at IS NULL
), kept AS (
    INSERT INTO identity.refresh_token (token_hash, grant_id, issued_at, expires_at)
    SELECT $14, ready.id, $8, least($15, ready.expires_at) FROM ready, first
)
SELECT ready.* FROM ready, used
"""  # noqa: S608 (put together from constants)
REFRESHED: Final = f"""
WITH ready AS (
    SELECT {_TOLD}
    FROM identity.refresh_token held {_GRANT}
        AND held.token_hash = $1 AND held.consumed_at IS NULL AND held.expires_at > $8 AND g.dpop_jkt = $11
        AND $8 - held.issued_at <= (held.expires_at - held.issued_at) * $12::float8
), {SPENT}
SELECT ready.* FROM ready, first
"""  # noqa: S608 (put together from constants)


@dataclass(frozen=True, slots=True)
class _Granted:
    id: UUID
    session_id: UUID
    dpop_jkt: str
    acr: int
    amr: list[str]
    auth_time: datetime
    details: list[dict[str, Any]]


async def answer(request: Request) -> Response | None:
    """The token response."""
    form = await form_of(request)
    ring = keys.held(PURPOSE)
    way = _WAYS.get(form.get("grant_type", ""))
    if ring is None or way is None:
        return None
    await open_door(request)
    try:
        body = await way(request, form, ring)
    except dpop.ProofRefused:
        return None
    if body is None:
        return None
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache", "DPoP-Nonce": dpop.nonce()}
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")


async def _redeem(request: Request, form: Mapping[str, str], ring: keys.Ring) -> dict[str, Any] | None:
    verifier = form.get("code_verifier", "")
    if form.keys() - CODE or not codes.VERIFIER.match(verifier):
        return None
    challenge = codes.challenge_of(verifier)
    database: Database = request.scope["runtime"].database
    proved = await proofs.proved(request, form, database)
    if proved is None:
        return None
    refresh, moment = secrets.token_urlsafe(32), now()
    more = (challenge, form.get("redirect_uri"), proved.jkt, _hash(refresh), moment + grants.REFRESH_LIFETIME)
    row = await _run(database, REDEEM, form.get("code", ""), proved, moment, *more)
    if row is None:
        return None
    grant = _granted(row, proved)
    named = tokens.id_claims(proved.client_id, grant, row["sub"], row["nonce"])
    more_told = {"refresh_token": refresh, "id_token": tokens.signed(ring, PURPOSE, "JWT", named)}
    return _told(ring, proved, grant, row) | more_told


async def _refresh(request: Request, form: Mapping[str, str], ring: keys.Ring) -> dict[str, Any] | None:
    """A young token of a bound grant stays what it is; whatever has to be rotated goes the long way."""
    if form.keys() - REFRESH:
        return None
    database: Database = request.scope["runtime"].database
    proved = await proofs.proved(request, form, database)
    if proved is None:
        return None
    token = form.get("refresh_token", "")
    row = await _run(database, REFRESHED, token, proved, now(), proved.jkt, grants.ROTATE_PAST)
    return None if row is None else _told(ring, proved, _granted(row, proved), row) | {"refresh_token": token}


async def _run(database: Database, statement: str, secret: str, proved: Proved, moment: datetime, *more: Any) -> Mapping[str, Any] | None:
    async with database.atom() as connection:
        row: Mapping[str, Any] | None = await connection.fetchrow(
            statement, _hash(secret), proved.client_id, proved.jwks, *proved.spent, moment, hub_resource(), list(SCOPES), *more
        )
    if row is None:
        proofs.forget(proved.client_id)
    return row


def _granted(row: Mapping[str, Any], proved: Proved) -> _Granted:
    return _Granted(row["id"], row["session_id"], proved.jkt, row["acr"], orjson.loads(row["amr"]), row["auth_time"], [])


def _told(ring: keys.Ring, proved: Proved, grant: _Granted, row: Mapping[str, Any]) -> dict[str, Any]:
    aim = Aim(hub_resource(), row["scope"], "")
    claims = tokens.access_claims(proved.client_id, grant, aim, row["sub"])
    made = tokens.signed(ring, PURPOSE, "at+jwt", claims)
    return {"access_token": made, "token_type": "DPoP", "expires_in": claims["exp"] - claims["iat"], "scope": aim.scope}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


_WAYS: Final = {"authorization_code": _redeem, "refresh_token": _refresh}
