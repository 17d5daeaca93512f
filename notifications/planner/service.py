"""Tells one person something, in the transaction that made it true: the inbox row, the deliveries and their jobs, or none of them."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from kernel.jobs import jobs
from notifications.addresses.models import AddressKind, PushAddress
from notifications.addresses.service import channel_of
from notifications.channels.jobs import deliver_job
from notifications.inbox.models import InboxCounter, Notification
from notifications.planner.models import Delivery, DeliveryState
from notifications.preferences import service as preferences
from notifications.stream.jobs import announce
from notifications.templates import service as templates
from notifications.templates.rendering import Template, Value


async def notify(
    session: AsyncSession, person_id: UUID, template_key: str, data: Mapping[str, Value], *, dedupe: str, link: str | None = None
) -> UUID | None:
    """The new message's id, or None when this person was told under this `dedupe` before.

    Raises TemplateUnknown, and TemplateIncomplete when a place of the template has no value in `data`.
    """
    template = await templates.template(session, template_key)
    missing = template.places() - set(data)
    if missing:
        raise templates.TemplateIncomplete(missing=sorted(missing))
    if await session.scalar(select(Notification.id).where(Notification.person_id == person_id, Notification.dedupe == dedupe)):
        return None
    notification_id = await _write(session, person_id, template, data, dedupe, link)
    if notification_id is not None:
        await _plan(session, person_id, template, notification_id)
    return notification_id


async def _write(
    session: AsyncSession, person_id: UUID, template: Template, data: Mapping[str, Value], dedupe: str, link: str | None
) -> UUID | None:
    counter = insert(InboxCounter).values(person_id=person_id, last_seq=1)
    seq = await session.scalar(
        counter.on_conflict_do_update(index_elements=["person_id"], set_={"last_seq": InboxCounter.last_seq + 1}).returning(
            InboxCounter.last_seq
        )
    )
    row = insert(Notification).values(
        id=new_id(),
        person_id=person_id,
        seq=seq,
        template_key=template.key,
        category=template.category,
        values={name: data[name] for name in sorted(template.places())},
        link=link,
        dedupe=dedupe,
        created_at=now(),
    )
    notification_id = await session.scalar(row.on_conflict_do_nothing(index_elements=["person_id", "dedupe"]).returning(Notification.id))
    if notification_id is not None:
        await announce(session, person_id, notification_id, seq or 0)
    return notification_id


async def _plan(session: AsyncSession, person_id: UUID, template: Template, notification_id: UUID) -> None:
    addresses = (await session.execute(select(PushAddress.id, PushAddress.kind).where(PushAddress.person_id == person_id))).all()
    if not addresses:
        return
    wanted = await preferences.matrix(session, person_id)
    moment, rows = now(), []
    for address in addresses:
        channel = channel_of(AddressKind(address.kind))
        on = wanted[template.category, channel]
        rows.append(
            {
                "id": new_id(),
                "notification_id": notification_id,
                "channel": channel,
                "address_id": address.id,
                "state": DeliveryState.PENDING if on else DeliveryState.SUPPRESSED,
                "reason": None if on else "preference",
                "attempts": 0,
                "created_at": moment,
                "changed_at": moment,
            }
        )
    await session.execute(insert(Delivery).values(rows))
    pending = [row["id"] for row in rows if row["state"] is DeliveryState.PENDING]
    await jobs.enqueue_many(session, deliver_job(template.category), [({"delivery_id": str(found)}, str(found)) for found in pending])
