"""What carrying out means: taking a level away, and handing a person's data to an authority."""

import json
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.api import disclosures
from identity.four_eyes.models import ActionKind, FourEyesAction
from identity.four_eyes.service import ActionNotFound, handles
from identity.people import service as people
from identity.people.models import Attribute, Person
from kernel.sealing import keyring

ORGANISATION = Text(vi="HanoiSmart, cung cấp theo yêu cầu", en="HanoiSmart, handed over on demand")
LOWEST = 0


@handles(ActionKind.UNVERIFY)
async def unverify(session: AsyncSession, action: FourEyesAction) -> bytes | None:
    """The person falls back to a proved contact alone and proves who they are anew; every sign-in ends, for it says more than is known."""
    if action.person_id is None or not await session.scalar(select(exists().where(Person.id == action.person_id))):
        raise ActionNotFound
    await people.set_level(session, action.person_id, LOWEST, because="four_eyes")
    return None


@handles(ActionKind.PII_EXPORT)
async def export(session: AsyncSession, action: FourEyesAction) -> bytes | None:
    """Reads what was named, with its row in the person's log, and keeps it sealed for whoever proposed it."""
    if action.person_id is None:
        raise ActionNotFound
    names = [str(name) for name in action.payload["attributes"]]
    reader = disclosures.Reader("staff", "authority-export", ORGANISATION, str(action.payload["recipient"])[:120])
    told = Text(vi="Cung cấp theo yêu cầu của cơ quan có thẩm quyền", en="Handed over at an authority's demand")
    purpose = disclosures.Purpose("authority.export", told, str(action.payload["legal_ref"])[:300], str(action.id))
    values = await disclosures.read(session, action.person_id, names, reader, purpose)
    return keyring().seal(json.dumps(values).encode(), context=_context(action.id))


def opened(action: FourEyesAction, officer: UUID) -> dict[str, str]:
    """What was exported, for the officer who proposed it. Raises ActionNotFound."""
    if action.result is None or action.proposed_by != officer:
        raise ActionNotFound
    values: dict[str, str] = json.loads(keyring().open(action.result, context=_context(action.id)))
    return values


def known(names: list[str]) -> bool:
    """Whether every name is an attribute."""
    return set(names) <= {attribute.value for attribute in Attribute}


def _context(action_id: UUID) -> bytes:
    return f"four-eyes:{action_id}".encode()
