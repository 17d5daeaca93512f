"""Readings that the law lets us tell of later: ordered by one person, approved by another, bounded by the class of the delay."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.disclosures import service
from identity.disclosures.models import DisclosureDelay, InvestigationOrder
from identity.disclosures.service import Purpose, Reader
from identity.moderation.relatives import related
from identity.people.queries import card
from identity.places.queries import today
from kernel.audit import record

LASTS: Final = timedelta(days=7)
"""How long an approved order may be read under."""
ORGANISATION = Text(vi="Bộ phận điều tra HanoiSmart", en="HanoiSmart investigations")


class DelayUnknown(Problem):
    code = "disclosures.delay_unknown"
    status = 422
    title = Text(vi="Không có căn cứ trì hoãn thông báo này", en="There is no such class of delay, or it is longer than the class allows")


class OrderMissing(Problem):
    """A refused reading under an order stays written."""

    code = "disclosures.order_missing"
    status = 403
    title = Text(
        vi="Cần lệnh điều tra đã được người khác phê duyệt và còn hiệu lực",
        en="This needs an order somebody else approved and that still runs",
    )
    keep = True


class OrderStands(Problem):
    code = "disclosures.order_stands"
    status = 409
    title = Text(
        vi="Lệnh này do chính bạn đề xuất, liên quan đến bạn hoặc người thân, hoặc đã được phê duyệt",
        en="The order is yours, about you or a relative, or approved already",
    )


async def delays(session: AsyncSession) -> Sequence[DisclosureDelay]:
    """The classes in force."""
    day = today()
    held = or_(DisclosureDelay.valid_to.is_(None), DisclosureDelay.valid_to > day)
    rows = await session.scalars(select(DisclosureDelay).where(DisclosureDelay.valid_from <= day, held).order_by(DisclosureDelay.code))
    return rows.all()


async def propose(session: AsyncSession, person_id: UUID, *, delay: str, days: int, reference: str, by: UUID) -> InvestigationOrder:
    """An order that counts once somebody else approves it.

    Raises PersonNotFound, DelayUnknown, OrderStands for one about oneself or a relative.
    """
    await card(session, person_id)
    found = {row.code: row for row in await delays(session)}.get(delay)
    if found is None or days > found.most_days:
        raise DelayUnknown
    await _require_stranger(session, person_id, by)
    moment = now()
    row = InvestigationOrder(
        person_id=person_id,
        delay_id=found.id,
        reference=reference,
        visible_from=moment + timedelta(days=days),
        ends_at=moment + LASTS,
        proposed_by=by,
        proposed_at=moment,
    )
    session.add(row)
    await session.flush()
    await record(session, actor=f"person:{by}", action="order.proposed", subject=f"order:{row.id}", facts={"delay": delay, "days": days})
    return row


async def approve(session: AsyncSession, order_id: UUID, *, by: UUID) -> InvestigationOrder:
    """Raises OrderMissing, OrderStands."""
    row = await session.get(InvestigationOrder, order_id, with_for_update=True, populate_existing=True)
    if row is None or row.ends_at <= now():
        raise OrderMissing
    if row.approved_by is not None or by == row.proposed_by:
        raise OrderStands
    await _require_stranger(session, row.person_id, by)
    row.approved_by, row.approved_at = by, now()
    await session.flush()
    await record(session, actor=f"person:{by}", action="order.approved", subject=f"order:{order_id}")
    return row


async def read(session: AsyncSession, order_id: UUID, attributes: Sequence[str], *, by: UUID) -> dict[str, str]:
    """Reads under an approved order; the person's log shows it from the order's day on.

    Raises OrderMissing, AttributeUnknown, PersonNotFound.
    """
    row = await session.get(InvestigationOrder, order_id)
    if row is None or row.approved_by is None or row.ends_at <= now() or row.proposed_by != by:
        await record(session, actor=f"person:{by}", action="order.refused", subject=f"order:{order_id}")
        raise OrderMissing
    delay = await session.get_one(DisclosureDelay, row.delay_id)
    purpose = Purpose(f"investigation.{delay.code}", Text(vi=delay.text_vi, en=delay.text_en), delay.legal_basis, str(row.id))
    reader = Reader("staff", "investigations", ORGANISATION, "investigator")
    return await service.read(session, row.person_id, attributes, reader, purpose, visible_from=row.visible_from)


def waiting() -> Select[InvestigationOrder]:
    """Orders nobody has approved and that could still be."""
    return select(InvestigationOrder).where(InvestigationOrder.approved_by.is_(None), InvestigationOrder.ends_at > now())


async def _require_stranger(session: AsyncSession, person_id: UUID, officer: UUID) -> None:
    if officer == person_id or await related(session, officer, {person_id}):
        raise OrderStands
