"""What follows from what people write: the one who is answered hears of it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.wiring import words
from identity.api import people
from kernel.events import on
from notifications.api import notify
from social.events import Replied


@on(Replied, "notifications.tell_replied", lane="social")
async def tell_replied(session: AsyncSession, event: Replied) -> None:
    author = await people.card(session, event.author_id)
    link = f"/v1/posts/{event.post_id}"
    await notify(session, event.to_person_id, words.REPLIED.key, {"name": author.display_name}, dedupe=f"reply {event.reply_id}", link=link)
