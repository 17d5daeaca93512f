"""Writes messages to backends in the transaction of the fact, and keeps the endpoints they go to."""

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import webhooks
from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.ids import new_id
from hanoismart.manifest import Manifest
from kernel.jobs import jobs
from kernel.sealing import keyring
from plugins.registry.models import MiniApp, PlacementKind
from plugins.registry.placement import Placement
from plugins.webhooks.models import Endpoint, Message, MessageState

DELIVER = "plugins.deliver_webhook"
PATH = "/hs/webhook"


async def ensure_endpoint(session: AsyncSession, manifest: Manifest, placement: Placement) -> None:
    """Bring an app's endpoint to what its manifest says; a new one gets a secret of its own, and a disabled one another chance."""
    hooks = manifest.hs.webhooks
    if hooks is None:
        return
    url = None if placement.kind is PlacementKind.IN_PROCESS else hooks.url or f"{placement.address}{PATH}"
    row = insert(Endpoint).values(
        app_id=manifest.app_id,
        url=url,
        events=list(hooks.events),
        secret=keyring().seal(webhooks.new_secret().encode(), context=_context(manifest.app_id)),
        updated_at=now(),
    )
    kept = {"url": url, "events": list(hooks.events), "failing_since": None, "disabled_at": None, "updated_at": now()}
    await session.execute(row.on_conflict_do_update(index_elements=[Endpoint.app_id], set_=kept))


async def tell(session: AsyncSession, app_id: str, kind: str, data: Mapping[str, object], *, dedupe: str) -> bool:
    """Write a message and its delivery in the caller's transaction; False where the app does not hear such, or heard it before."""
    app, endpoint = await session.get(MiniApp, app_id), await session.get(Endpoint, app_id)
    if app is None or app.status is not AppStatus.PUBLISHED or endpoint is None or kind not in endpoint.events:
        return False
    if endpoint.disabled_at is not None:
        return False
    message_id = new_id()
    row = insert(Message).values(
        id=message_id,
        app_id=app_id,
        type=kind,
        body=webhooks.body_of(kind, now(), data),
        dedupe=f"{kind}:{dedupe}",
        state=MessageState.PENDING,
        attempts=0,
        created_at=now(),
    )
    written = await session.scalar(row.on_conflict_do_nothing(index_elements=[Message.app_id, Message.dedupe]).returning(Message.id))
    if written is None:
        return False
    await jobs.enqueue(session, DELIVER, {"message_id": str(message_id)}, dedupe=str(message_id))
    return True


def secret_of(endpoint: Endpoint) -> str:
    """The shared secret of v1, to sign with and to show its owner once."""
    return keyring().open(endpoint.secret, context=_context(endpoint.app_id)).decode()


async def withdraw(session: AsyncSession, app_id: str) -> None:
    """Stop what is still under way to an app: it was suspended."""
    await session.execute(
        update(Message)
        .where(Message.app_id == app_id, Message.state == MessageState.PENDING)
        .values(state=MessageState.WITHDRAWN, finished_at=now())
    )


def _context(app_id: str) -> bytes:
    return f"webhook:{app_id}".encode()
