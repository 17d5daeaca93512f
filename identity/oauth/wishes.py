"""What a client wants of a person in one authorization, what of it was agreed to before, and what has to be asked."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.clients.models import OAuthClient
from identity.consent import service as consent
from identity.consent.service import Ask
from identity.oauth import claims, details
from identity.oauth.models import PushedRequest
from identity.sessions.models import SignInSession

SIGN_IN = "openid"
PURPOSE = Text(vi="Đăng nhập bằng tài khoản HanoiSmart", en="Sign-in with the HanoiSmart account")


@dataclass(frozen=True, slots=True)
class Wish:
    """One scope or claim: what it reveals, what for, and whether the client says it cannot do without."""

    key: str
    reveals: Text
    purpose: Text
    essential: bool
    held: bool

    @property
    def ask(self) -> Ask:
        return Ask(self.key, self.purpose)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything asked for at once. `agreed`: the keys the person allows now or allowed before; for our own clients all of them."""

    all: tuple[Wish, ...]
    agreed: frozenset[str]
    claims: claims.Asked
    scope: tuple[str, ...]
    details: list[dict[str, Any]] = field(default_factory=list)
    must_ask: bool = False

    @property
    def granted_scope(self) -> str:
        """The scopes of the grant, in the order they were asked for."""
        return " ".join(scope for scope in self.scope if scope in self.agreed)

    @property
    def granted_claims(self) -> dict[str, list[str]]:
        """The claims of the grant: what userinfo may give beyond the scopes."""
        chosen = {"plain": self.claims.plain, "verified": self.claims.verified}
        return {kind: [name for name in names if claims.CLAIMS[name].key in self.agreed] for kind, names in chosen.items() if names}


async def wishes_of(session: AsyncSession, client: OAuthClient, asked: PushedRequest, signed_in: SignInSession) -> Wishes:
    """What `asked` wants of the person who is signed in."""
    parameters = asked.parameters
    wished = claims.parse(parameters.get("claims"))
    scope = tuple(dict.fromkeys(parameters["scope"].split()))
    keys = list(dict.fromkeys([*scope, *wished.keys]))
    essential = {claims.CLAIMS[name].key for name in wished.essential if name in claims.CLAIMS}
    held = await _held(session, client, signed_in.person_id, [Ask(key, purpose_of(client, key)) for key in keys])
    every = tuple(Wish(key, reveals_of(key), purpose_of(client, key), key in essential, key in held) for key in keys)
    wanted = details.parse(parameters.get("authorization_details"), client.details_types)
    consents = "consent" in parameters.get("prompt", "").split()
    missing = not client.first_party and (consents or held != set(keys))
    must_ask = missing or bool(wanted) or asked.device_id is not None
    return Wishes(every, held, wished, scope, wanted, must_ask)


async def _held(session: AsyncSession, client: OAuthClient, person_id: UUID, asks: list[Ask]) -> frozenset[str]:
    """Keys agreed to in exactly these words; our own clients need no agreement, for they are the account itself."""
    if client.first_party:
        return frozenset(ask.scope for ask in asks)
    missing = await consent.missing(session, person_id, client.client_id, asks)
    return frozenset(ask.scope for ask in asks) - {ask.scope for ask in missing}


def purpose_of(client: OAuthClient, key: str) -> Text:
    """Why the client asks for a scope or claim, as it was registered."""
    told = client.purposes.get(key)
    return Text(vi=told["vi"], en=told["en"]) if told else PURPOSE


def reveals_of(key: str) -> Text:
    """What a scope or claim gives away; a registered API's own scope goes by its name."""
    return claims.REVEALS.get(key, Text(vi=f"Quyền “{key}”", en=f"The permission “{key}”"))
