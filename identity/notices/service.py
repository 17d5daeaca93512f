"""Tells a person what happened to their account, by every proved channel at once and in the transaction that made it happen."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.text import Text
from identity.contacts.numbers import RESERVED
from identity.disclosures import service as disclosures
from identity.disclosures.models import ReaderKind
from identity.events import SecurityNotice
from identity.notices.models import Channel, NoticeKind, OutgoingNotice
from identity.people.models import Attribute
from identity.people.queries import PersonNotFound, locale_of
from kernel.events import emit
from kernel.jobs import jobs
from kernel.sealing import keyring

KEPT = timedelta(days=1)
ATTRIBUTES = {Attribute.PHONE: Channel.SMS, Attribute.EMAIL: Channel.EMAIL}
HOUSE = disclosures.Reader(
    ReaderKind.AGENCY, "hanoismart.security", Text(vi="Bảo mật HanoiSmart", en="HanoiSmart security"), "security notices"
)
PURPOSE = disclosures.Purpose(
    "security.notice",
    Text(vi="Báo cho bạn về một thay đổi của tài khoản", en="Tell you of a change to your account"),
    "Law 91/2025/QH15 Art. 4",
)


async def channels_of(session: AsyncSession, person_id: UUID) -> dict[Channel, str]:
    """The person's proved destinations; that they were looked up stands in the person's log."""
    held = await disclosures.held(session, person_id, list(ATTRIBUTES))
    if not held:
        return {}
    found = await disclosures.read(session, person_id, held, HOUSE, PURPOSE)
    # A test citizen's number may be somebody's one day: nothing is sent there.
    told = {attribute: value for attribute, value in found.items() if value not in RESERVED}
    return {channel: told[attribute] for attribute, channel in ATTRIBUTES.items() if attribute in told}


async def held(session: AsyncSession, person_id: UUID, attribute: Attribute) -> bool:
    """Whether the person has proved such a channel, without looking at it."""
    return bool(await disclosures.held(session, person_id, [attribute]))


async def tell(
    session: AsyncSession, person_id: UUID, kind: NoticeKind, *, link: str | None = None, links: Mapping[Channel, str] | None = None
) -> None:
    """Send a notice to every verified channel, and emit SecurityNotice for the inbox and push.

    `link`: where the person can act on it; `links` gives each channel its own. A closed or unknown account is told nothing.
    """
    try:
        locale = await locale_of(session, person_id)
        destinations = await channels_of(session, person_id)
    except PersonNotFound:
        return
    for channel, destination in destinations.items():
        await send(session, person_id, kind, channel, destination, locale=locale, link=(links or {}).get(channel, link))
    await emit(session, SecurityNotice(person_id, kind.value, new_id()))


async def send(
    session: AsyncSession, person_id: UUID, kind: NoticeKind, channel: Channel, destination: str, *, locale: str, link: str | None = None
) -> None:
    """Put one notice on its way to one destination; what a job needs of it stands sealed in the row."""
    row = OutgoingNotice(
        id=new_id(),
        person_id=person_id,
        kind=kind,
        channel=channel,
        locale=locale,
        expires_at=now() + KEPT,
    )
    ring, context = keyring(), _context(row.id)
    row.destination = ring.seal(destination.encode(), context=context)
    row.link = ring.seal(link.encode(), context=context) if link else None
    session.add(row)
    await session.flush()
    await jobs.enqueue(session, "notices.send", {"id": str(row.id)})


async def waiting(session: AsyncSession, notice_id: UUID) -> tuple[OutgoingNotice, str, str | None] | None:
    """A notice that is still to be sent, its destination and link; None when it was sent or is too old."""
    row = await session.get(OutgoingNotice, notice_id)
    if row is None or row.sent_at is not None or row.expires_at <= now():
        return None
    ring, context = keyring(), _context(row.id)
    link = ring.open(row.link, context=context).decode() if row.link else None
    return row, ring.open(row.destination, context=context).decode(), link


def _context(notice_id: UUID) -> bytes:
    return f"notice:{notice_id}".encode()
