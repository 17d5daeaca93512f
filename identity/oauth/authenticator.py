"""Turns the credentials of a request into a caller: access tokens, bound to their key by DPoP, or plain bearers where none was bound."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.oauth import dpop
from identity.oauth.once import first_use
from identity.oauth.resources import hub_resource
from identity.oauth.revocations import Revocations
from identity.oauth.verification import TokenCache, Verified, still_good, verify
from kernel.access import Caller, SignInRequired, TokenRefused
from kernel.cache import Cache
from kernel.settings import settings

PROOF = "dpop"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TokenAuthenticator:
    """The hub's authenticator: tokens for the hub's API, and for a mini-app's gateway path tokens for that mini-app."""

    def __init__(self, database: Database, revocations: Revocations, cache: Cache) -> None:
        self._database = database
        self._revocations = revocations
        self._cache = cache
        self.tokens = TokenCache()

    async def __call__(self, request: Request) -> Caller | None:
        header = next((value for name, value in request.scope["headers"] if name == b"authorization"), None)
        if header is None:
            return None
        scheme, _, token = header.decode("latin-1").partition(" ")
        if scheme.lower() not in {"dpop", "bearer"} or not token:
            raise SignInRequired(error="invalid_request")
        verified = await self.verified(token, audience_of(request.scope["path"]))
        if verified is None:
            raise TokenRefused
        if verified.jkt is not None:
            await self._possession(request, scheme, token, verified)
        elif scheme.lower() == "dpop":
            raise TokenRefused
        return verified.caller

    async def verified(self, token: str, audience: str) -> Verified | None:
        """The token's meaning when it counts now, else None."""
        held = self.tokens.get(token)
        if held is None:
            held = await verify(self._database, token, audience)
            if held is None:
                return None
            self.tokens.put(token, held)
        if held.caller.audience != audience or not still_good(held, self._revocations):
            return None
        return held

    async def _possession(self, request: Request, scheme: str, token: str, verified: Verified) -> None:
        proofs = request.headers.getlist("dpop")
        if scheme.lower() != "dpop" or len(proofs) != 1:
            raise TokenRefused("invalid_dpop_proof" if scheme.lower() == "dpop" else "invalid_token")
        try:
            proof = dpop.verify(proofs[0], method=request.method, url=public_url_of(request), token=token)
        except dpop.ProofRefused as refused:
            if refused.nonce:
                raise TokenRefused("use_dpop_nonce", nonce=dpop.nonce()) from refused
            raise TokenRefused("invalid_dpop_proof") from refused
        if proof.jkt != verified.jkt:
            raise TokenRefused("invalid_dpop_proof")
        if not await self._first(request, proof):
            raise TokenRefused("invalid_dpop_proof")

    async def _first(self, request: Request, proof: dpop.Proof) -> bool:
        """Once in PostgreSQL for what may change something; best effort in Redis for what only reads."""
        if request.method in SAFE:
            seconds = int((proof.until - now()) / timedelta(seconds=1)) + 1
            return await self._cache.first(f"dpop:{proof.jkt}:{proof.jti}", seconds=seconds) is not False
        async with self._database.transaction() as session:
            return await spend_proof(session, proof)


async def spend_proof(session: AsyncSession, proof: dpop.Proof) -> bool:
    return await first_use(session, PROOF, proof.jkt, proof.jti, until=proof.until)


def audience_of(path: str) -> str:
    """The `aud` a token must carry for a path: the mini-app's id under the gateway, the hub's API elsewhere."""
    if path.startswith("/v1/gw/"):
        return path.split("/", 4)[3]
    return hub_resource()


def public_url_of(request: Request) -> str:
    """The URL as the caller sees it: our public address and the path as it was sent; what a proxy put into Host does not count."""
    sent: bytes | None = request.scope.get("raw_path")
    path = request.url.path if sent is None else sent.partition(b"?")[0].decode("latin-1")
    return f"{settings().public_url}{path}"
