"""The one table of checks by endpoint: which clients may come, how they prove themselves, and whether a DPoP proof must be there.

The order is the security: the form is read, the client is known, the client may be here, the proof counts; only then does anything run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.models import ClientKind, OAuthClient
from identity.oauth import dpop
from identity.oauth.authenticator import public_url_of, spend_proof
from identity.oauth.client_authentication import authenticate
from identity.oauth.errors import InvalidDpopProof, InvalidRequest, UnauthorizedClient, UnsupportedGrantType, UseDpopNonce
from identity.oauth.forms import form_of


class Proof(StrEnum):
    """Whether a DPoP proof (RFC 9449) comes with a request; where it is `unused` it is not looked at."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    UNUSED = "unused"


EVERY: Final = frozenset(ClientKind)
KEYED: Final = frozenset({ClientKind.CONFIDENTIAL, ClientKind.MINIAPP})


@dataclass(frozen=True, slots=True)
class Checks:
    """One row. `clients`: public ones come with their id alone, all others with private_key_jwt, and no client may choose."""

    clients: frozenset[ClientKind]
    proof: Proof


DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 (a grant type's name)
GRANTS: Final = ("authorization_code", "refresh_token", "client_credentials", DEVICE_CODE, TOKEN_EXCHANGE)
TABLE: Final[Mapping[str, Checks]] = {
    "par": Checks(EVERY, Proof.OPTIONAL),
    "token authorization_code": Checks(EVERY, Proof.REQUIRED),
    "token refresh_token": Checks(EVERY, Proof.REQUIRED),
    "token client_credentials": Checks(KEYED, Proof.REQUIRED),
    f"token {DEVICE_CODE}": Checks(EVERY, Proof.REQUIRED),
    f"token {TOKEN_EXCHANGE}": Checks(EVERY, Proof.REQUIRED),
    "device_authorization": Checks(EVERY, Proof.REQUIRED),
    "introspect": Checks(KEYED, Proof.UNUSED),
    "revoke": Checks(EVERY, Proof.UNUSED),
}


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that passed its row: its form, its client, and the thumbprint of the key it proved."""

    form: Mapping[str, str]
    client: OAuthClient
    jkt: str | None

    @property
    def bound(self) -> str:
        """The thumbprint, where the row requires one. Raises InvalidDpopProof."""
        if self.jkt is None:
            raise InvalidDpopProof("a DPoP proof is required")
        return self.jkt


async def admitted(session: AsyncSession, request: Request, endpoint: str) -> Admitted:
    """Applies the row of `endpoint`. Raises InvalidRequest, UnsupportedGrantType, InvalidClient, UnauthorizedClient, InvalidDpopProof,
    UseDpopNonce.
    """
    form = await form_of(request)
    client = await authenticate(session, form)
    checks = TABLE[_row(endpoint, form)]
    if client.kind not in checks.clients:
        raise UnauthorizedClient("a client without keys may not come here")
    proof = None if checks.proof is Proof.UNUSED else await proof_of(session, request)
    if checks.proof is Proof.REQUIRED and proof is None:
        raise InvalidDpopProof("a DPoP proof is required")
    return Admitted(form, client, proof.jkt if proof else None)


def _row(endpoint: str, form: Mapping[str, str]) -> str:
    if endpoint != "token":
        return endpoint
    grant = form.get("grant_type")
    if grant is None:
        raise InvalidRequest("grant_type is missing")
    if grant not in GRANTS:
        raise UnsupportedGrantType(f"supported: {' '.join(GRANTS)}")
    return f"token {grant}"


async def proof_of(session: AsyncSession, request: Request) -> dpop.Proof | None:
    """The request's DPoP proof, spent. Raises InvalidDpopProof or UseDpopNonce."""
    raw = request.headers.getlist("dpop")
    if not raw:
        return None
    if len(raw) > 1:
        raise InvalidDpopProof("there is more than one proof")
    try:
        proof = dpop.verify(raw[0], method=request.method, url=public_url_of(request))
    except dpop.ProofRefused as refused:
        if refused.nonce:
            raise UseDpopNonce(str(refused), headers={"DPoP-Nonce": dpop.nonce()}) from refused
        raise InvalidDpopProof(str(refused)) from refused
    if not await spend_proof(session, proof):
        raise InvalidDpopProof("the proof was used before")
    return proof
