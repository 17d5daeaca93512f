"""Authorize for a person who is signed in and has agreed before: checked, written and answered in one statement."""

import hashlib
import secrets
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.oauth import authorization, codes, cookies, grants, pushed
from identity.oauth.forms import query_of
from identity.oauth.resources import hub_resource
from identity.oauth.wishes import PURPOSE
from kernel.limits import open_door

PLAIN: Final = [
    "response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "ui_locales", "resource",
    "dpop_jkt",
]  # fmt: skip
"""Parameters that ask nothing of the sign-in, of the person or of how the answer travels; a request with any other goes the long way."""

COMPLETE: Final = """
WITH ready AS (
    SELECT r.reference_hash, r.client_id, r.parameters, r.dpop_jkt, s.id AS session_id, s.person_id, s.acr, s.amr, s.auth_time
    FROM identity.pushed_request r
    JOIN identity.oauth_client c ON c.client_id = r.client_id
    JOIN identity.sign_in_session s ON s.secret_hash = $3
    WHERE r.reference_hash = $1 AND r.client_id = $2 AND r.consumed_at IS NULL AND r.expires_at > $4 AND r.device_id IS NULL
        AND r.parameters - $5::text[] = '{}'
        AND c.state = 'active' AND s.ended_at IS NULL AND s.expires_at > $4
        AND (c.first_party OR NOT EXISTS (
            SELECT FROM identity.identity_lock l WHERE l.person_id = s.person_id AND l.unlocked_at IS NULL))
        AND (
            SELECT count(*) = count(DISTINCT asked.scope) AND bool_and(asked.scope ~ '^[!-~]+$') AND bool_and(c.first_party OR EXISTS (
                SELECT FROM identity.consent o
                WHERE o.person_id = s.person_id AND o.client_id = c.client_id AND o.scope = asked.scope AND o.withdrawn_at IS NULL
                    AND (NOT o.two_parties OR (o.own_at IS NOT NULL AND o.represented_at IS NOT NULL))
                    AND o.purpose_hash = sha256(convert_to(
                        coalesce(c.purposes -> asked.scope ->> 'vi', $6) || chr(31) || coalesce(c.purposes -> asked.scope ->> 'en', $7),
                        'UTF8'))))
            FROM unnest(string_to_array(r.parameters ->> 'scope', ' ')) AS asked(scope))
    FOR UPDATE OF r
), consumed AS (
    UPDATE identity.pushed_request r SET consumed_at = $4 FROM ready WHERE r.reference_hash = ready.reference_hash
    RETURNING r.reference_hash
), allowed AS (
    INSERT INTO identity.oauth_grant
        (id, client_id, person_id, session_id, scope, resource, claims, details, dpop_jkt, acr, amr, auth_time, created_at, expires_at)
    SELECT $8, client_id, person_id, session_id, parameters ->> 'scope', coalesce(parameters ->> 'resource', $9), '{}', '[]',
        dpop_jkt, acr, amr, auth_time, $4, $10
    FROM ready JOIN consumed USING (reference_hash)
    RETURNING id
), issued AS (
    INSERT INTO identity.authorization_code
        (code_hash, grant_id, client_id, redirect_uri, challenge, nonce, dpop_jkt, created_at, expires_at)
    SELECT $11, allowed.id, client_id, parameters ->> 'redirect_uri', parameters ->> 'code_challenge', parameters ->> 'nonce', dpop_jkt,
        $4, $12
    FROM ready, allowed
    RETURNING code_hash
)
SELECT ready.parameters::text FROM ready, issued
"""


async def answer(request: Request) -> Response | None:
    """The redirect back to the client."""
    query, secret = query_of(request), cookies.session_secret(request)
    if query.keys() != {"client_id", "request_uri"} or secret is None or not query["request_uri"].startswith(pushed.PREFIX):
        return None
    await open_door(request)
    code, moment = secrets.token_urlsafe(32), now()
    database: Database = request.scope["runtime"].database
    async with database.atom() as connection:
        parameters: str | None = await connection.fetchval(
            COMPLETE,
            _hash(query["request_uri"].removeprefix(pushed.PREFIX)),
            query["client_id"],
            _hash(secret),
            moment,
            PLAIN,
            PURPOSE.vi,
            PURPOSE.en,
            new_id(),
            hub_resource(),
            moment + grants.LIFETIME,
            _hash(code),
            moment + codes.LIFETIME,
        )
    if parameters is None:
        return None
    return authorization.answered(request, authorization.back(orjson.loads(parameters), {"code": code}))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
