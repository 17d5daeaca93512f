"""Launch data in Telegram's grammar, for apps whose manifest asks for it: a number for the person, a secret for the app."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import telegram
from hanoismart.clock import now
from hanoismart.text import Text
from identity.api import people
from kernel.sealing import keyring
from plugins.keys import signing_key
from plugins.launch.models import LaunchSecret, PersonNumber
from plugins.registry.live import LiveApp

NAMELESS: Final = Text(vi="Người dùng", en="User")
_ABOVE: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Told:
    """What one launch says; `query_id` is the launch's own id."""

    sub: str
    scopes: frozenset[str]
    locale: str
    start_param: str | None
    query_id: UUID
    issued_at: datetime


async def launch_data(session: AsyncSession, app: LiveApp, person_id: UUID, told: Told) -> str:
    """The signed pairs; the name stands in them only where it was agreed to. Nobody acts for another in this grammar."""
    named = "profile.name" in told.scopes
    name = (await people.card(session, person_id)).display_name if named else NAMELESS.in_(told.locale)
    number = await number_of(session, app.sector, person_id)
    user = {"id": number, "first_name": name, "language_code": told.locale, "sub": told.sub}
    pairs = {"auth_date": str(int(told.issued_at.timestamp())), "query_id": told.query_id.hex, "user": orjson.dumps(user).decode()}
    if told.start_param is not None:
        pairs["start_param"] = told.start_param
    secret = await secret_of(session, app.app_id)
    return telegram.sign(pairs, app_secret=secret, key=await signing_key(session), app_num=app.num)


async def number_of(session: AsyncSession, sector: str, person_id: UUID) -> int:
    """The person's number in a sector, made on first use; another one where the first is somebody else's already."""
    held = select(PersonNumber.number).where(PersonNumber.person_id == person_id, PersonNumber.sector == sector)
    while (found := await session.scalar(held)) is None:
        row = insert(PersonNumber).values(person_id=person_id, sector=sector, number=1 + secrets.randbelow(_ABOVE))
        await session.execute(row.on_conflict_do_nothing())
    return found


async def secret_of(session: AsyncSession, app_id: str) -> str:
    """The app's secret, made on first use."""
    row = await session.get(LaunchSecret, app_id)
    if row is None:
        await session.execute(_made(app_id).on_conflict_do_nothing())
        row = await session.get_one(LaunchSecret, app_id, populate_existing=True)
    return keyring().open(row.secret, context=context(app_id)).decode()


async def renew_secret(session: AsyncSession, app_id: str) -> str:
    """A new secret, which its owner is shown this once; launch data of the old one ends at once."""
    made = _made(app_id)
    kept = {"secret": made.excluded.secret, "made_at": made.excluded.made_at}
    await session.execute(made.on_conflict_do_update(index_elements=[LaunchSecret.app_id], set_=kept))
    row = await session.get_one(LaunchSecret, app_id, populate_existing=True)
    return keyring().open(row.secret, context=context(app_id)).decode()


def context(app_id: str) -> bytes:
    """What binds a sealed secret to its app."""
    return f"launch:{app_id}".encode()


def _made(app_id: str) -> Insert:
    sealed = keyring().seal(secrets.token_urlsafe(32).encode(), context=context(app_id))
    return insert(LaunchSecret).values(app_id=app_id, secret=sealed, made_at=now())
