"""Carries one delivery out of the house: checked and rendered late, sent outside any transaction, its fate written down."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import RetryLater, Run
from kernel.jobs import jobs
from notifications.addresses.models import AddressKind, PushAddress
from notifications.addresses.service import IDLE, opened
from notifications.channels.ports import Fate, Outcome, PushMessage, PushSender, Senders
from notifications.inbox.models import Notification
from notifications.planner.models import Delivery, DeliveryState
from notifications.preferences import service as preferences
from notifications.preferences.categories import RULES, Category
from notifications.templates import service as templates
from notifications.templates.rendering import render_push

log = structlog.get_logger()
MAX_ATTEMPTS = 8
CONFIGURATION_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Ready:
    message: PushMessage
    sender: PushSender


def deliver_job(category: Category) -> str:
    return f"notifications.deliver.{RULES[category].lane}"


async def deliver(run: Run) -> None:
    """Raises RetryLater while a passing trouble lasts."""
    delivery_id = UUID(run.payload["delivery_id"])
    senders: Senders = run.resources.get("push", {})
    async with run.database.transaction() as session:
        ready = await _prepare(session, delivery_id, senders)
    if ready is None:
        return
    outcome = await ready.sender.send(ready.message)
    async with run.database.transaction() as session:
        again = await _conclude(session, delivery_id, outcome, run.attempt)
    if again is not None:
        raise RetryLater(again, outcome.reason)


for _lane in sorted({rule.lane for rule in RULES.values()}):
    jobs.steps(f"notifications.deliver.{_lane}", lane=_lane, max_attempts=MAX_ATTEMPTS)(deliver)


async def _prepare(session: AsyncSession, delivery_id: UUID, senders: Senders) -> _Ready | None:
    """The message as it reads now, or None when it must not go out any more (the reason is written down)."""
    delivery = await session.scalar(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
    if delivery is None or delivery.state is not DeliveryState.PENDING:
        return None
    notification = await session.get_one(Notification, delivery.notification_id)
    address = await session.get(PushAddress, delivery.address_id) if delivery.address_id else None
    known = await templates.find(session, {notification.template_key})
    template, sender = known.get(notification.template_key), senders.get(delivery.channel)
    rule = RULES[notification.category]
    reason = ""
    if address is None or address.person_id != notification.person_id:
        reason = "no_address"
    elif notification.read_at is not None:
        reason = "read"
    elif now() > notification.created_at + timedelta(seconds=rule.ttl):
        reason = "expired"
    elif not await preferences.wants(session, notification.person_id, notification.category, delivery.channel):
        reason = "preference"
    elif sender is None or template is None:
        reason = "not_configured"
    if reason or address is None or sender is None or template is None:
        _settle(delivery, DeliveryState.SUPPRESSED, reason)
        return None
    shown = render_push(template, notification.values, address.locale)
    data = {"id": str(notification.id), "seq": str(notification.seq)} | ({"link": notification.link} if notification.link else {})
    urgent = notification.category in {Category.EMERGENCY, Category.SECURITY}
    message = PushMessage(AddressKind(address.kind), opened(address), shown.title, shown.body, data, notification.id.hex, rule.ttl, urgent)
    return _Ready(message, sender)


async def _conclude(session: AsyncSession, delivery_id: UUID, outcome: Outcome, attempt: int) -> timedelta | None:
    """Writes the fate down; how long to wait before another attempt, or None when there is none."""
    delivery = await session.scalar(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
    if delivery is None or delivery.state is not DeliveryState.PENDING:
        return None
    delivery.attempts += 1
    match outcome.fate:
        case Fate.ACCEPTED:
            _settle(delivery, DeliveryState.ACCEPTED, None)
            address = await session.get(PushAddress, delivery.address_id) if delivery.address_id else None
            if address is not None:
                address.last_ok_at = now()
        case Fate.DEAD:
            # A mismatching sender is ours to look into as well; the address is of no use either way.
            log.warning("push.address_dead", channel=delivery.channel.value, reason=outcome.reason)
            address_id = delivery.address_id
            _settle(delivery, DeliveryState.FAILED, "address_dead")
            await session.flush()
            await session.execute(delete(PushAddress).where(PushAddress.id == address_id))
        case Fate.FAULT:
            log.error("push.rejected", channel=delivery.channel.value, reason=outcome.reason)
            _settle(delivery, DeliveryState.FAILED, "rejected")
        case Fate.LATER | Fate.CONFIGURATION:
            return _wait(delivery, outcome, attempt)
    return None


def _wait(delivery: Delivery, outcome: Outcome, attempt: int) -> timedelta | None:
    if outcome.fate is Fate.CONFIGURATION:
        log.error("push.configuration", channel=delivery.channel.value, reason=outcome.reason)
    if attempt + 1 >= MAX_ATTEMPTS:
        _settle(delivery, DeliveryState.FAILED, "exhausted")
        return None
    delivery.changed_at = now()
    if outcome.fate is Fate.CONFIGURATION:
        return CONFIGURATION_PAUSE
    return outcome.retry_after or timedelta(seconds=2**attempt)


def _settle(delivery: Delivery, state: DeliveryState, reason: str | None) -> None:
    delivery.state, delivery.reason, delivery.changed_at = state, reason, now()


@jobs.job("notifications.forget_idle_addresses", lane="bulk")
async def forget_idle_addresses(session: AsyncSession, _run: Run) -> None:
    """Addresses that no app has renewed for 270 days are dead in all but name."""
    await session.execute(delete(PushAddress).where(PushAddress.registered_at < now() - IDLE))


jobs.every("17 3 * * *", "notifications.forget_idle_addresses")
