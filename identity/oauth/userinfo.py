"""What a client may know of the person who signed in: by scopes, by the claims it asked for, and always only while consent is open."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.api import disclosures
from identity.attestations import queries as attestations
from identity.clients.models import OAuthClient
from identity.consent import service as consent
from identity.oauth.claims import CLAIMS, FRAMEWORK, Claim, Source
from identity.oauth.models import Grant
from identity.oauth.tokens import ACR
from identity.oauth.wishes import purpose_of
from identity.people import queries as people
from identity.people.models import PersonDocument
from kernel.access import Caller, ScopeMissing
from kernel.telemetry import current_request_id

NUMBER = "phone_number"


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What of the grant counts now."""

    plain: tuple[Claim, ...]
    verified: tuple[Claim, ...]

    @property
    def all(self) -> list[Claim]:
        return list({claim.name: claim for claim in (*self.plain, *self.verified)}.values())


async def claims(session: AsyncSession, caller: Caller) -> dict[str, Any]:
    """The claims for this caller; whatever is released to another party leaves a row in the person's log. Raises ScopeMissing."""
    found = await session.execute(
        select(OAuthClient, Grant.claims).outerjoin(Grant, Grant.id == caller.grant_id).where(OAuthClient.client_id == caller.client_id)
    )
    row = found.one_or_none()
    if row is None or "openid" not in caller.scopes:
        raise ScopeMissing
    client: OAuthClient = row.OAuthClient
    allowed = await _allowed(session, client, caller, row.claims or {})
    # The token is for the hub, so its subject is the one of the client's own sector.
    told: dict[str, Any] = {"sub": caller.sub, "acr": f"{ACR}{caller.acr}"}
    values = await _values(session, client, caller, allowed.all)
    told |= {claim.name: values[claim.name] for claim in allowed.plain if claim.name in values}
    if NUMBER in told:
        told["phone_number_verified"] = True
    if "email" in told:
        told["email_verified"] = True
    verified = {claim.name: values[claim.name] for claim in allowed.verified if claim.name in values}
    if verified:
        told["verified_claims"] = {"verification": await _verification(session, caller), "claims": verified}
    return told


async def _allowed(session: AsyncSession, client: OAuthClient, caller: Caller, asked: dict[str, Any]) -> _Allowed:
    """Scopes of the token and claims of its grant, each with an open consent; our own clients need none."""
    plain = [claim for claim in CLAIMS.values() if claim.plain and claim.key in caller.scopes]
    plain += [CLAIMS[name] for name in asked.get("plain", ()) if name in CLAIMS]
    verified = [CLAIMS[name] for name in asked.get("verified", ()) if name in CLAIMS]
    if client.first_party:
        return _Allowed(tuple(plain), tuple(verified))
    held = await consent.granted(session, caller.person, client.client_id)
    return _Allowed(_open(plain, held), _open(verified, held) if caller.acr >= 1 else ())


def _open(wanted: Iterable[Claim], held: Collection[str]) -> tuple[Claim, ...]:
    return tuple({claim.name: claim for claim in wanted if claim.key in held}.values())


async def _values(session: AsyncSession, client: OAuthClient, caller: Caller, wanted: list[Claim]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    own = {Source.NAME, Source.LOCALE} & {claim.source for claim in wanted}
    name, locale = await people.name_and_locale(session, caller.person) if own else ("", "")
    for claim in wanted:
        if claim.source in own:
            values[claim.name] = name if claim.source is Source.NAME else locale
    attested = [claim for claim in wanted if claim.source is Source.ATTESTED]
    if attested:
        facts = await attestations.current(session, caller.person)
        values |= {claim.name: _fact(claim, facts) for claim in attested}
    released = [claim for claim in wanted if claim.source in {Source.NAME, Source.ATTESTED}]
    if released and not client.first_party:
        names = [claim.name for claim in released]
        await disclosures.record(session, caller.person, names, _reader(client), _purpose(client, released))
    return values | await _sealed(session, client, caller, [claim for claim in wanted if claim.source is Source.SEALED])


def _fact(claim: Claim, facts: dict[str, str | None]) -> Any:
    """A residence is its commune's code, every other attestation a yes or no: the fact, not the file."""
    kind = str(claim.attested)
    return facts.get(kind) if kind == "residence" else kind in facts


async def _sealed(session: AsyncSession, client: OAuthClient, caller: Caller, wanted: list[Claim]) -> dict[str, Any]:
    if not wanted:
        return {}
    names = [str(claim.attribute) for claim in wanted]
    found = await disclosures.read(session, caller.person, names, _reader(client), _purpose(client, wanted))
    values: dict[str, Any] = {claim.name: found[str(claim.attribute)] for claim in wanted if str(claim.attribute) in found}
    if "address" in values:
        values["address"] = {"formatted": values["address"]}
    return values


def _reader(client: OAuthClient) -> disclosures.Reader:
    return disclosures.Reader("client", client.client_id, Text(vi=client.name_vi, en=client.name_en), "relying_party")


def _purpose(client: OAuthClient, wanted: list[Claim]) -> disclosures.Purpose:
    """The purpose the person agreed to for the first of them; each was agreed to for its own."""
    text = purpose_of(client, wanted[0].key)
    return disclosures.Purpose("sign_in", text, "consent", current_request_id.get())


async def _verification(session: AsyncSession, caller: Caller) -> dict[str, Any]:
    """How the identity was verified (OpenID IDA, section 5.4): our framework, the level, and when the newest document was read."""
    newest = select(PersonDocument.added_at).where(PersonDocument.person_id == caller.person).order_by(PersonDocument.added_at.desc())
    read_at = await session.scalar(newest.limit(1))
    answer = {"trust_framework": FRAMEWORK, "assurance_level": f"{ACR}{caller.acr}"}
    return answer | ({"time": read_at.strftime("%Y-%m-%dT%H:%M:%SZ")} if read_at else {})
