"""Token exchange for a mini-app's page (RFC 8693): our host turns a person's session into a token that only the app's gateway takes."""

import re
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients import service as clients
from identity.oauth import tokens
from identity.oauth.endpoints import Admitted
from identity.oauth.errors import InvalidRequest, InvalidScope, InvalidTarget
from identity.oauth.resources import hub_resource
from identity.oauth.tokens import AppToken
from identity.oauth.verification import Inspected
from identity.ports import AppAudience

TYPE: Final = "urn:ietf:params:oauth:token-type:access_token"
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7638, SHA-256


async def answer(session: AsyncSession, asked: Admitted, subject: Inspected, app: AppAudience) -> dict[str, Any]:
    """The page's token: for what the person agreed to, the manifest asks and the served version was approved for, and no longer than five
    minutes. With `dpop_jkt` it is bound to the page's own key. Raises InvalidRequest, InvalidScope, InvalidTarget.
    """
    caller = subject.verified.caller
    if caller.audience != hub_resource() or "act" in subject.claims or caller.session_id is None:
        raise InvalidTarget("only a person's own session opens a mini-app")
    if caller.acr < app.acr:
        raise InvalidTarget("the app needs a stronger sign-in")
    if app.asks:
        raise InvalidScope("the person has not answered yet what the app asks")
    wanted = set(asked.form["scope"].split()) if "scope" in asked.form else set(app.scopes)
    if not wanted <= app.scopes:
        raise InvalidScope("the scope is wider than consent, manifest and version allow")
    jkt = asked.form.get("dpop_jkt")
    if jkt is not None and not _THUMBPRINT.fullmatch(jkt):
        raise InvalidRequest("dpop_jkt is a SHA-256 thumbprint")
    sub = await clients.pairwise(session, subject.person, app.sector)
    scopes = frozenset(wanted)
    told = AppToken(
        subject.person,
        caller.session_id,
        sub,
        app.sector,
        app.app_id,
        scopes,
        caller.acr,
        app.epoch,
        actor=asked.client.client_id,
        jkt=jkt,
    )
    issued = await tokens.app_token(session, told)
    return {
        "access_token": issued.token,
        "issued_token_type": TYPE,
        "token_type": "DPoP" if jkt else "Bearer",
        "expires_in": issued.expires_in,
        "scope": " ".join(sorted(scopes)),
    }
