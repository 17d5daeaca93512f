"""Writes messages to backends in the transaction of the fact, and keeps the endpoints they go to."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

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

DELIVER: Final = "plugins.deliver_webhooks"
PATH: Final = "/hs/webhook"
TEST: Final = "hs.test"
ROTATION: Final = timedelta(hours=24)
ALWAYS: Final = frozenset({"consent.revoked", "account.erased"})
"""An app that holds something of people must hear these (manifest rule HS1050)."""


async def ensure_endpoint(session: AsyncSession, manifest: Manifest, placement: Placement) -> None:
    """Bring an app's endpoint to what its manifest says; a new one gets a secret of its own, and a disabled one another chance.

    What the developer chose beside the manifest stays, but for events the manifest no longer names. An app that heard of withdrawn
    consents and ended accounts goes on hearing of them: people of another version may have left something with it.
    """
    endpoint = await _stored(session, manifest, placement)
    if endpoint is None or manifest.hs.webhooks is None:
        return
    named = manifest.hs.webhooks.events
    endpoint.url = _address(manifest, placement)
    endpoint.events = [*named, *(event for event in endpoint.events if event in ALWAYS and event not in named)]
    endpoint.failing_since, endpoint.disabled_at, endpoint.updated_at = None, None, now()
    if endpoint.own_events is not None:
        chosen = [event for event in endpoint.own_events if event in endpoint.events]
        endpoint.own_events = [*chosen, *(event for event in _owed(manifest) if event not in chosen)]
    await session.flush()


async def hear_of_people(session: AsyncSession, manifest: Manifest, placement: Placement) -> None:
    """Let an app hear what it must about the people who try a version, at its address; where it has none, at the version's."""
    endpoint = await _stored(session, manifest, placement)
    if endpoint is None:
        return
    endpoint.events = [*endpoint.events, *(event for event in _owed(manifest) if event not in endpoint.events)]
    if endpoint.own_events is not None:
        endpoint.own_events = [*endpoint.own_events, *(event for event in _owed(manifest) if event not in endpoint.own_events)]
    await session.flush()


async def _stored(session: AsyncSession, manifest: Manifest, placement: Placement) -> Endpoint | None:
    """The app's endpoint, held; made where there is none and the manifest wants one."""
    if manifest.hs.webhooks is not None:
        row = insert(Endpoint).values(
            app_id=manifest.app_id,
            url=_address(manifest, placement),
            events=list(manifest.hs.webhooks.events),
            secret=_sealed(manifest.app_id, webhooks.new_secret()),
            updated_at=now(),
        )
        await session.execute(row.on_conflict_do_nothing(index_elements=[Endpoint.app_id]))
    return await session.get(Endpoint, manifest.app_id, with_for_update=True, populate_existing=True)


def _address(manifest: Manifest, placement: Placement) -> str | None:
    hooks = manifest.hs.webhooks
    if placement.kind is PlacementKind.IN_PROCESS:
        return None
    return (hooks.url if hooks is not None else None) or f"{placement.address}{PATH}"


def _owed(manifest: Manifest) -> list[str]:
    """What an app that asks for something of people must hear (manifest rule HS1050)."""
    return sorted(ALWAYS) if manifest.scope_names else []


async def tell(session: AsyncSession, app_id: str, kind: str, data: Mapping[str, object], *, dedupe: str) -> bool:
    """Write a message and its delivery in the caller's transaction; False where the app does not hear such, or heard it before."""
    app, endpoint = await session.get(MiniApp, app_id), await session.get(Endpoint, app_id)
    if app is None or app.status is not AppStatus.PUBLISHED or endpoint is None or not endpoint.hears(kind):
        return False
    if endpoint.disabled_at is not None:
        return False
    return await write(session, app_id, kind, data, dedupe=f"{kind}:{dedupe}") is not None


async def write(session: AsyncSession, app_id: str, kind: str, data: Mapping[str, object], *, dedupe: str) -> UUID | None:
    """Write a message whoever hears it; None where it was written before. Raises ValueError for a type or a body that may not be."""
    message_id, moment = new_id(), now()
    row = insert(Message).values(
        id=message_id,
        app_id=app_id,
        type=kind,
        body=webhooks.body_of(kind, moment, data),
        dedupe=dedupe,
        state=MessageState.PENDING,
        attempts=0,
        begun_at=0,
        due_at=moment,
        created_at=moment,
    )
    written = await session.scalar(row.on_conflict_do_nothing(index_elements=[Message.app_id, Message.dedupe]).returning(Message.id))
    if written is None:
        return None
    await jobs.enqueue(session, DELIVER, {"message_id": str(message_id)}, dedupe=str(message_id))
    return message_id


def secret_of(endpoint: Endpoint) -> str:
    """The shared secret of v1, to sign with and to show its owner once."""
    return _opened(endpoint.app_id, endpoint.secret)


def secrets_of(endpoint: Endpoint) -> list[str]:
    """The secrets that sign now: the present one, and the one before for a day after a rotation."""
    found = [secret_of(endpoint)]
    if endpoint.old_secret is not None and endpoint.old_until is not None and endpoint.old_until > now():
        found.append(_opened(endpoint.app_id, endpoint.old_secret))
    return found


def rotate(endpoint: Endpoint) -> str:
    """Give the endpoint a new secret; the old one goes on signing beside it for a day."""
    fresh = webhooks.new_secret()
    endpoint.old_secret, endpoint.old_until = endpoint.secret, now() + ROTATION
    endpoint.secret, endpoint.updated_at = _sealed(endpoint.app_id, fresh), now()
    return fresh


async def withdraw(session: AsyncSession, app_id: str) -> None:
    """Stop what is still under way to an app: it was suspended."""
    await session.execute(
        update(Message)
        .where(Message.app_id == app_id, Message.state == MessageState.PENDING)
        .values(state=MessageState.WITHDRAWN, finished_at=now())
    )


def _sealed(app_id: str, secret: str) -> bytes:
    return keyring().seal(secret.encode(), context=f"webhook:{app_id}".encode())


def _opened(app_id: str, sealed: bytes) -> str:
    return keyring().open(sealed, context=f"webhook:{app_id}".encode()).decode()
