"""A backend reads what a person agreed to; the person sees who read what, and why, in their own log."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.scopes import claims_allowed
from hanoismart.text import Text
from identity.api import attestations, disclosures, levels, organisations, people, places
from identity.api.tokens import pairwise
from kernel.access import Caller
from plugins.capabilities.consenting import NotAgreed, PersonUnknown, Reached, app_of, reached
from plugins.launch import asking
from plugins.registry import serving
from plugins.registry.problems import AppSuspended

SEALED: Final = {"phone": "phone", "email": "email", "address": "address", "personal_number.last4": "identity_number"}
ATTESTED: Final = {
    f"status.{kind.value}": kind for kind in attestations.AttestationKind if kind is not attestations.AttestationKind.RESIDENCE
}
PLAIN: Final = ("profile.name", "profile.level", "residence.ward")


class NotReadable(Problem):
    code = "backend.not_readable"
    status = 422
    title = Text(vi="Phạm vi này không đọc được qua đây", en="This scope cannot be read here")


class PurposeUnknown(Problem):
    code = "backend.purpose_unknown"
    status = 422
    title = Text(vi="Mục đích phải đúng nguyên văn trong manifest", en="The purpose must be the manifest's, word for word")


async def read_person(
    session: AsyncSession, caller: Caller, sub: str, scopes: Sequence[str], purpose: Text, *, request_id: str | None
) -> dict[str, str]:
    """The values by scope name; what is not known of the person is missing.

    Raises AppNotFound, AppSuspended, PersonUnknown, NotAgreed, NotReadable, PurposeUnknown.
    """
    person = await reached(session, caller, sub)
    wanted = list(dict.fromkeys(scopes))
    if unreadable := [scope for scope in wanted if not {scope} & {*SEALED, *PLAIN, *ATTESTED}]:
        raise NotReadable(scopes=unreadable)
    person.require(*wanted)
    asked = {request.scope: request.purpose.text for request in person.app.manifest.hs.scopes}
    if any(asked[scope] != purpose for scope in wanted):
        raise PurposeUnknown
    return await read(session, person, wanted, purpose, request_id=request_id)


async def read(session: AsyncSession, person: Reached, wanted: Sequence[str], purpose: Text, *, request_id: str | None) -> dict[str, str]:
    """The values by scope name of somebody whose agreement was looked at; the reading is written down in the same transaction."""
    reader = await _reader(session, person)
    told = disclosures.Purpose(f"miniapp:{person.app.app_id}", purpose, "consent", request_id)
    plain = await _plain(session, person.person_id, [scope for scope in wanted if scope in PLAIN])
    plain |= (await _attested(session, [person.person_id], [scope for scope in wanted if scope in ATTESTED]))[person.person_id]
    if plain:
        await disclosures.record(session, person.person_id, sorted(plain), reader, told)
    return plain | await _sealed(session, person.person_id, [scope for scope in wanted if scope in SEALED], reader, told)


async def profile(session: AsyncSession, caller: Caller, app_id: str, *, request_id: str | None) -> tuple[str, dict[str, str]]:
    """What a page may know of the person who is using it: the subject, and the values of those agreed scopes that tokens may carry.

    Raises AppNotFound, AppSuspended.
    """
    app = await serving.served(session, app_id, person_id=caller.person)
    person = Reached(app, caller.person, await asking.agreed(session, app, caller.person))
    values: dict[str, str] = {}
    for request in app.manifest.hs.scopes:
        if request.scope in claims_allowed(person.agreed) and request.scope in {*PLAIN, *ATTESTED}:
            values |= await read(session, person, [request.scope], request.purpose.text, request_id=request_id)
    return await pairwise(session, caller.person, app.sector), values


async def read_facts(
    session: AsyncSession, caller: Caller, subs: Sequence[str], scopes: Sequence[str], purpose: Text, *, request_id: str | None
) -> dict[str, dict[str, str]]:
    """Yes or no by scope for many people at once; whoever is not known or has not agreed is left out, and nobody learns which.

    Raises AppNotFound, AppSuspended, NotReadable, PurposeUnknown.
    """
    app, wanted = await app_of(session, caller), list(dict.fromkeys(scopes))
    if unreadable := [scope for scope in wanted if scope not in ATTESTED]:
        raise NotReadable(scopes=unreadable)
    asked = {request.scope: request.purpose.text for request in app.manifest.hs.scopes}
    if any(asked.get(scope) != purpose for scope in wanted):
        raise PurposeUnknown
    people_by_sub = await _agreeing(session, caller, subs, wanted)
    found = await _attested(session, [person.person_id for person in people_by_sub.values()], wanted)
    told = disclosures.Purpose(f"miniapp:{app.app_id}", purpose, "consent", request_id)
    for person in people_by_sub.values():
        await disclosures.record(session, person.person_id, sorted(wanted), await _reader(session, person), told)
    return {sub: found[person.person_id] for sub, person in people_by_sub.items()}


async def _agreeing(session: AsyncSession, caller: Caller, subs: Sequence[str], scopes: Sequence[str]) -> dict[str, Reached]:
    found: dict[str, Reached] = {}
    for sub in dict.fromkeys(subs):
        try:
            person = await reached(session, caller, sub)
            person.require(*scopes)
        except (PersonUnknown, NotAgreed, AppSuspended):  # the app itself runs: it is stopped where this person lives
            continue
        found[sub] = person
    return found


async def _attested(session: AsyncSession, person_ids: Sequence[UUID], scopes: Sequence[str]) -> dict[UUID, dict[str, str]]:
    facts = await attestations.facts(session, person_ids, [ATTESTED[scope] for scope in scopes])
    return {person: {scope: "yes" if kinds[ATTESTED[scope]].holds else "no" for scope in scopes} for person, kinds in facts.items()}


async def _reader(session: AsyncSession, person: Reached) -> disclosures.Reader:
    owner = await organisations.organisation(session, person.app.organisation_id)
    return disclosures.Reader("client", person.app.app_id, owner.name, person.app.manifest.localised("vi").name)


async def _plain(session: AsyncSession, person_id: UUID, scopes: Sequence[str]) -> dict[str, str]:
    if not scopes:
        return {}
    card = await people.card(session, person_id)
    values = {"profile.name": card.display_name, "profile.level": str(card.level)}
    if "residence.ward" in scopes and (unit_id := await levels.residence(session, person_id)) is not None:
        values["residence.ward"] = (await places.unit(session, unit_id)).code
    return {scope: values[scope] for scope in scopes if scope in values}


async def _sealed(
    session: AsyncSession, person_id: UUID, scopes: Sequence[str], reader: disclosures.Reader, purpose: disclosures.Purpose
) -> dict[str, str]:
    if not scopes:
        return {}
    opened = await disclosures.read(session, person_id, [SEALED[scope] for scope in scopes], reader, purpose)
    values = {scope: opened[SEALED[scope]] for scope in scopes if SEALED[scope] in opened}
    if "personal_number.last4" in values:
        values["personal_number.last4"] = values["personal_number.last4"][-4:]
    return values
