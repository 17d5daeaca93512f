"""Who calls a short way, and what of it can be known without the database: the client's signature and the proof of possession.

The keys of clients are held per process. They may be old, and that does no harm: every statement compares the document they were read from
with the client's row, so that a key that was taken out counts nowhere from that moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import orjson
from joserfc.jwk import KeySet
from starlette.requests import Request

from hanoismart.server.database import Database
from identity.oauth import client_authentication, dpop
from identity.oauth.authenticator import PROOF, public_url_of
from identity.oauth.client_authentication import ASSERTION_TYPE, KIND
from identity.oauth.once import digest_of

HELD: Final = 10_000
AUTHENTICATION: Final = frozenset({"client_id", "client_assertion", "client_assertion_type"})
# A client without keys has no document, or one that says null.
KEYS: Final = "SELECT nullif(jwks, 'null')::text FROM identity.oauth_client WHERE client_id = $1 AND state = 'active'"
CLIENT_STANDS: Final = "c.state = 'active' AND CASE WHEN $3::text IS NULL THEN c.kind = 'public' ELSE c.jwks = $3::jsonb END"
"""The condition on the client `c` of a statement whose third parameter is `Proved.jwks`."""
SPENT: Final = """
proof AS (
    INSERT INTO identity.spent_identifier (digest, expires_at) SELECT $4, $5::timestamptz FROM ready ON CONFLICT DO NOTHING RETURNING digest
), assertion AS (
    INSERT INTO identity.spent_identifier (digest, expires_at) SELECT $6::bytea, $7::timestamptz FROM proof WHERE $6::bytea IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING digest
), first AS (
    SELECT FROM proof WHERE $6::bytea IS NULL UNION ALL SELECT FROM assertion
)"""
"""Spends both one-time values, parameters 4 to 7, where `ready` has its row; `first` has one when both were new.

The proof is spent before the assertion: where only one of the two is new, the room meets the assertion first and names the right error.
"""


@dataclass(frozen=True, slots=True)
class Proved:
    """A client and the key it holds; `jwks` is the document its signature was checked with, None for a client without keys."""

    client_id: str
    jkt: str
    jwks: str | None
    spent: tuple[bytes, datetime, bytes | None, datetime | None]
    """Digest and end of the proof, digest and end of the assertion."""


_documents: dict[str, str] = {}


async def proved(request: Request, form: Mapping[str, str], database: Database) -> Proved | None:
    """None where the long way has to look. Raises InvalidClient and ProofRefused."""
    raw = request.headers.getlist("dpop")
    if len(raw) != 1:
        return None
    assertion = form.get("client_assertion")
    client_id = form.get("client_id") if assertion is None else client_authentication.named_in(assertion)
    if client_id is None or form.get("client_id", client_id) != client_id:
        return None
    jwks, used, until = None, None, None
    if assertion is not None:
        jwks = await _document(database, client_id)
        if jwks is None or form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        jti, until = client_authentication.checked(assertion, client_id, _keys(jwks))
        used = digest_of(KIND, client_id, jti)
    proof = dpop.verify(raw[0], method=request.method, url=public_url_of(request))
    return Proved(client_id, proof.jkt, jwks, (digest_of(PROOF, proof.jkt, proof.jti), proof.until, used, until))


def forget(client_id: str) -> None:
    """Read the client's keys again at its next call."""
    _documents.pop(client_id, None)


async def _document(database: Database, client_id: str) -> str | None:
    held = _documents.get(client_id)
    if held is None:
        async with database.reader() as connection:
            held = await connection.fetchval(KEYS, client_id)
        if held is not None:
            if len(_documents) >= HELD:
                _documents.clear()
            _documents[client_id] = held
    return held


@lru_cache(maxsize=1_000)
def _keys(document: str) -> KeySet:
    return KeySet.import_key_set({"keys": list(orjson.loads(document).get("keys", []))})
