"""Userinfo for a relying party that asks for name and language: read, agreed to and logged for the person in one statement."""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.disclosures.appending import DISCLOSED
from identity.oauth.claims import CLAIMS, Source
from identity.oauth.tokens import ACR
from identity.oauth.wishes import PURPOSE
from kernel.access import Caller
from kernel.telemetry import current_request_id

OWN: Final = "profile"
OTHERS: Final = frozenset(claim.key for claim in CLAIMS.values() if claim.source not in {Source.NAME, Source.LOCALE})

TELL: Final = f"""
WITH told AS (
    SELECT p.id AS person_id, p.display_name, p.locale, 'client' AS reader_kind, c.client_id AS reader_id, c.name_vi AS organisation_vi,
        c.name_en AS organisation_en, 'relying_party' AS role, '["name"]'::jsonb AS attributes, 'sign_in' AS purpose_code,
        coalesce(c.purposes -> $8 ->> 'vi', $9) AS purpose_vi, coalesce(c.purposes -> $8 ->> 'en', $10) AS purpose_en,
        'consent' AS legal_basis
    FROM identity.oauth_client c
    JOIN identity.oauth_grant g ON g.id = $5
    JOIN identity.person p ON p.id = $6
    WHERE c.client_id = $7 AND NOT c.first_party AND g.claims = '{{}}' AND p.state <> 'closed' AND EXISTS (
        SELECT FROM identity.consent o
        WHERE o.person_id = p.id AND o.client_id = c.client_id AND o.scope = $8 AND o.withdrawn_at IS NULL
            AND (NOT o.two_parties OR (o.own_at IS NOT NULL AND o.represented_at IS NOT NULL)))
),{DISCLOSED}
SELECT told.display_name, told.locale FROM told, disclosed, entered
"""  # noqa: S608 (put together from constants)


async def answer(request: Request) -> Response | None:
    """The claims, where the token opens name and language and nothing else."""
    caller: Caller | None = request.scope.get("caller")
    if caller is None or caller.person_id is None or caller.grant_id is None or not caller.foreign:
        return None
    if not {"openid", OWN} <= caller.scopes or OTHERS & caller.scopes:
        return None
    database: Database = request.scope["runtime"].database
    async with database.atom() as connection:
        row = await connection.fetchrow(
            TELL,
            new_id(),
            new_id(),
            now(),
            current_request_id.get(),
            caller.grant_id,
            caller.person_id,
            caller.client_id,
            OWN,
            PURPOSE.vi,
            PURPOSE.en,
        )
    if row is None:
        return None
    told: dict[str, Any] = {"sub": caller.sub, "acr": f"{ACR}{caller.acr}", "name": row["display_name"], "locale": row["locale"]}
    return Response(orjson.dumps(told), headers={"Cache-Control": "no-store", "Pragma": "no-cache"}, media_type="application/json")
