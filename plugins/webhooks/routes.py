"""The developer portal's page of webhooks: where they go, what they are signed with, what became of each, and sending again."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from hanoismart.clock import now
from hanoismart.server.edge import Session
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from kernel.access import Caller, CallerDep, Person
from plugins.developers.policies import developer_of
from plugins.registry.problems import AppNotFound
from plugins.webhooks import settings as webhooks
from plugins.webhooks.models import Message, MessageState
from plugins.webhooks.schemas import (
    DeliveryDetailOut,
    DeliveryOut,
    RangeIn,
    ReplayedOut,
    SecretOut,
    TestIn,
    WebhookIn,
    WebhookOut,
    delivery_detail,
    delivery_out,
    webhook_out,
)

router = Router(tags=["developers"])
AppId = Annotated[str, Path(max_length=128)]
BASE = "/v1/dev/apps/{app_id}"
_ALWAYS = (AppNotFound, webhooks.NoWebhooks)


def _actor(caller: Caller) -> str:
    return f"person:{caller.person}"


@router.get(f"{BASE}/webhooks", audience=Person(), response_model=WebhookOut, problems=_ALWAYS)
async def read_webhook(app_id: AppId, session: Session, caller: CallerDep) -> WebhookOut:
    """Where the app hears us."""
    await developer_of(session, caller, app_id)
    return webhook_out(await webhooks.endpoint_of(session, app_id), now())


@router.put(
    f"{BASE}/webhooks", audience=Person(), response_model=WebhookOut, problems=[*_ALWAYS, webhooks.UrlRefused, webhooks.EventsRefused]
)
async def change_webhook(app_id: AppId, body: WebhookIn, session: Session, caller: CallerDep) -> WebhookOut:
    """Take another address, or fewer events, than the manifest says."""
    await developer_of(session, caller, app_id)
    events = None if body.events is None else [str(event) for event in body.events]
    return webhook_out(await webhooks.choose(session, app_id, body.url, events, actor=_actor(caller)), now())


@router.post(f"{BASE}/webhooks/secret", audience=Person(), response_model=SecretOut, status_code=201, problems=_ALWAYS)
async def rotate_webhook_secret(app_id: AppId, session: Session, caller: CallerDep) -> SecretOut:
    """A new secret, shown once; the old one signs beside it for a day."""
    await developer_of(session, caller, app_id)
    secret, old_until = await webhooks.new_secret(session, app_id, actor=_actor(caller))
    return SecretOut(secret=secret, old_until=old_until)


@router.post(f"{BASE}/webhooks/enable", audience=Person(), response_model=WebhookOut, problems=_ALWAYS)
async def enable_webhook(app_id: AppId, session: Session, caller: CallerDep) -> WebhookOut:
    """Give a disabled endpoint another chance."""
    await developer_of(session, caller, app_id)
    return webhook_out(await webhooks.enable(session, app_id, actor=_actor(caller)), now())


@router.post(
    f"{BASE}/webhooks/test",
    audience=Person(),
    response_model=DeliveryOut,
    status_code=202,
    problems=[*_ALWAYS, webhooks.WebhookDisabled, webhooks.TooManyTests],
)
async def test_webhook(app_id: AppId, body: TestIn, session: Session, caller: CallerDep) -> DeliveryOut:
    """Send a test message."""
    app = await developer_of(session, caller, app_id)
    return delivery_out(await webhooks.try_out(session, app, body.type))


@router.get(f"{BASE}/deliveries", audience=Person(), response_model=ListOut[DeliveryOut], problems=[AppNotFound])
async def list_deliveries(
    app_id: AppId,
    session: Session,
    caller: CallerDep,
    page: Paging,
    state: Annotated[MessageState | None, Query(description="only these")] = None,
) -> Page[DeliveryOut]:
    """Messages of the last thirty days, the newest first."""
    await developer_of(session, caller, app_id)
    found = await paginate(session, webhooks.deliveries(app_id, state), [Message.created_at, Message.id], page)
    return Page([delivery_out(one) for one in found.items], found.next)


@router.post(
    f"{BASE}/deliveries/replay",
    audience=Person(),
    response_model=ReplayedOut,
    status_code=202,
    problems=[*_ALWAYS, webhooks.WebhookDisabled, webhooks.RangeRefused],
)
async def replay_deliveries(app_id: AppId, body: RangeIn, session: Session, caller: CallerDep) -> ReplayedOut:
    """Send again what was written in a stretch of time, at most a thousand messages."""
    app = await developer_of(session, caller, app_id)
    return ReplayedOut(replayed=await webhooks.replay_range(session, app, body.since, body.until))


@router.get(
    f"{BASE}/deliveries/{{message_id}}",
    audience=Person(),
    response_model=DeliveryDetailOut,
    problems=[AppNotFound, webhooks.DeliveryNotFound],
)
async def read_delivery(app_id: AppId, message_id: UUID, session: Session, caller: CallerDep) -> DeliveryDetailOut:
    """One message, with every attempt."""
    await developer_of(session, caller, app_id)
    return delivery_detail(*await webhooks.delivery(session, app_id, message_id))


@router.post(
    f"{BASE}/deliveries/{{message_id}}/replay",
    audience=Person(),
    response_model=DeliveryOut,
    status_code=202,
    problems=[*_ALWAYS, webhooks.WebhookDisabled, webhooks.DeliveryNotFound],
)
async def replay_delivery(app_id: AppId, message_id: UUID, session: Session, caller: CallerDep) -> DeliveryOut:
    """Send a message again, under its own id."""
    app = await developer_of(session, caller, app_id)
    return delivery_out(await webhooks.replay(session, app, message_id))
