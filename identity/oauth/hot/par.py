"""Pushing a request whose parameters the client's registration alone can judge: checked, spent and kept in one statement."""

import hashlib
import secrets
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.oauth import dpop, pushed
from identity.oauth.forms import form_of
from identity.oauth.hot import proofs
from identity.oauth.hot.proofs import AUTHENTICATION, CLIENT_STANDS, SPENT
from kernel.limits import open_door

PARAMETERS: Final = frozenset(pushed.KNOWN) - {"resource", "claims", "authorization_details", "id_token_hint"}

KEEP: Final = f"""
WITH ready AS (
    SELECT c.client_id FROM identity.oauth_client c
    WHERE c.client_id = $2 AND {CLIENT_STANDS} AND NOT c.require_signed_request_object
        AND c.redirect_uris ? $11 AND c.scopes ?& $12::text[]
), {SPENT}
INSERT INTO identity.pushed_request (reference_hash, client_id, parameters, dpop_jkt, created_at, expires_at)
SELECT $1, ready.client_id, $9, $10, $8, $13 FROM ready, first
RETURNING true
"""  # noqa: S608 (put together from constants)


async def answer(request: Request) -> Response | None:
    """The reference to the request."""
    form = await form_of(request)
    if form.keys() - PARAMETERS - AUTHENTICATION:
        return None
    parameters = {name: form[name] for name in pushed.KNOWN if name in form}
    scopes, redirect = parameters.get("scope", "").split(), parameters.get("redirect_uri", "")
    if parameters.get("response_type") != "code" or "openid" not in scopes or len(redirect) > pushed.LONGEST_REDIRECT:
        return None
    pushed.check_form(parameters)
    await open_door(request)
    database: Database = request.scope["runtime"].database
    try:
        proved = await proofs.proved(request, form, database)
    except dpop.ProofRefused:
        return None
    if proved is None or parameters.get("dpop_jkt", proved.jkt) != proved.jkt:
        return None
    reference, moment = secrets.token_urlsafe(32), now()
    digest, kept = hashlib.sha256(reference.encode()).digest(), orjson.dumps(parameters).decode()
    more = (kept, proved.jkt, redirect, scopes, moment + pushed.LIFETIME)
    async with database.atom() as connection:
        done = await connection.fetchval(KEEP, digest, proved.client_id, proved.jwks, *proved.spent, moment, *more)
    if done is None:
        proofs.forget(proved.client_id)
        return None
    body = {"request_uri": pushed.PREFIX + reference, "expires_in": int(pushed.LIFETIME.total_seconds())}
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(orjson.dumps(body), status_code=201, headers=headers, media_type="application/json")
