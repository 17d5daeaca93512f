"""A backend reads what a person agreed to; the person sees who read what, and why, in their own log."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import disclosures, levels, organisations, people, places
from kernel.access import Caller
from plugins.capabilities.consenting import Reached, reached

SEALED: Final = {"phone": "phone", "email": "email", "address": "address", "personal_number.last4": "identity_number"}
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
    if unreadable := [scope for scope in wanted if scope not in SEALED and scope not in PLAIN]:
        raise NotReadable(scopes=unreadable)
    person.require(*wanted)
    asked = {request.scope: request.purpose.text for request in person.app.manifest.hs.scopes}
    if any(asked[scope] != purpose for scope in wanted):
        raise PurposeUnknown
    reader = await _reader(session, person)
    told = disclosures.Purpose(f"miniapp:{person.app.app_id}", purpose, "consent", request_id)
    plain = await _plain(session, person.person_id, [scope for scope in wanted if scope in PLAIN])
    if plain:
        await disclosures.record(session, person.person_id, sorted(plain), reader, told)
    return plain | await _sealed(session, person.person_id, [scope for scope in wanted if scope in SEALED], reader, told)


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
