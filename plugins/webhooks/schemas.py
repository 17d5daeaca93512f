"""What developers see and choose of their webhooks."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from hanoismart.server.schemas import In, Out
from plugins.webhooks.models import Attempt, Endpoint, Message, MessageState

EventName = Literal["consent.revoked", "payment.succeeded", "account.erased", "app.version.state_changed"]


class WebhookOut(Out):
    """`url` is null where the backend runs with us; `rotating_until`: both secrets sign until then."""

    url: str | None
    events: list[str]
    manifest_url: str | None
    manifest_events: list[str]
    failing_since: datetime | None
    disabled_at: datetime | None
    rotating_until: datetime | None


class WebhookIn(In):
    """`url` and `events` in place of the manifest's; null goes back to the manifest."""

    url: Annotated[str | None, Field(max_length=500)] = None
    events: Annotated[list[EventName] | None, Field(max_length=20)] = None


class SecretOut(Out):
    """Shown once; the secret before goes on signing beside it until `old_until`."""

    secret: str
    old_until: datetime


class TestIn(In):
    type: EventName | Literal["hs.test"] = "hs.test"


class DeliveryOut(Out):
    message_id: UUID
    webhook_id: str
    type: str
    state: MessageState
    attempts: int
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None


class AttemptOut(Out):
    number: int
    at: datetime
    status: int | None
    failure: str | None
    milliseconds: int


class DeliveryDetailOut(DeliveryOut):
    """`body` is what was signed and sent, byte for byte."""

    body: str
    tries: list[AttemptOut]


class RangeIn(In):
    since: AwareDatetime
    until: AwareDatetime


class ReplayedOut(Out):
    replayed: int


def webhook_out(endpoint: Endpoint, moment: datetime) -> WebhookOut:
    rotating = endpoint.old_until if endpoint.old_until is not None and endpoint.old_until > moment else None
    return WebhookOut(
        url=endpoint.target,
        events=endpoint.events if endpoint.own_events is None else endpoint.own_events,
        manifest_url=endpoint.url,
        manifest_events=endpoint.events,
        failing_since=endpoint.failing_since,
        disabled_at=endpoint.disabled_at,
        rotating_until=rotating,
    )


def delivery_out(message: Message) -> DeliveryOut:
    return DeliveryOut(**_delivery(message))


def delivery_detail(message: Message, attempts: list[Attempt]) -> DeliveryDetailOut:
    tries = [
        AttemptOut(number=one.number, at=one.at, status=one.status, failure=one.failure, milliseconds=one.milliseconds) for one in attempts
    ]
    return DeliveryDetailOut(**_delivery(message), body=message.body.decode(), tries=tries)


def _delivery(message: Message) -> dict[str, object]:
    return {
        "message_id": message.id,
        "webhook_id": f"msg_{message.id.hex}",
        "type": message.type,
        "state": message.state,
        "attempts": message.attempts,
        "created_at": message.created_at,
        "due_at": message.due_at if message.state is MessageState.PENDING else None,
        "finished_at": message.finished_at,
    }
