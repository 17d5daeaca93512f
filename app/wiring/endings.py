"""What follows when accounts end, are merged or are parted: no phone rings any more, and no block is lost."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.wiring import words
from app.wiring.telling import tell
from hanoismart.ids import new_id
from identity.events import AccountClosed, PersonsMerged, PersonsParted
from kernel.events import on
from notifications.api import addresses
from plugins.api import reactions
from social.api import merging


@on(AccountClosed, "notifications.forget_addresses")
async def forget_addresses(session: AsyncSession, event: AccountClosed) -> None:
    await addresses.forget_all(session, event.person_id)


@on(PersonsMerged, "social.carry_over")
async def carry_over(session: AsyncSession, event: PersonsMerged) -> None:
    await merging.carry_over(session, event.gone_id, event.kept_id)


@on(PersonsMerged, "plugins.carry_over")
async def carry_over_apps(session: AsyncSession, event: PersonsMerged) -> None:
    await reactions.carry_over(session, event.gone_id, event.kept_id)


@on(PersonsParted, "plugins.bring_back")
async def bring_back_apps(session: AsyncSession, event: PersonsParted) -> None:
    await reactions.bring_back(session, event.gone_id, event.kept_id)


@on(PersonsMerged, "notifications.tell_merged")
async def tell_merged(session: AsyncSession, event: PersonsMerged) -> None:
    # A delivery acts once, so that a message about a fact without a number of its own needs no other guard.
    await tell(session, event.kept_id, words.MERGED, dedupe=str(new_id()), link="/v1/me")


@on(PersonsParted, "notifications.tell_parted")
async def tell_parted(session: AsyncSession, event: PersonsParted) -> None:
    for person_id in (event.kept_id, event.gone_id):
        await tell(session, person_id, words.PARTED, dedupe=str(new_id()), link="/v1/me")
