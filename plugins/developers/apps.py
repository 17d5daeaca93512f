"""Apps as their developers make them: a name is taken first, versions come later."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import tokens
from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from identity.api import clients
from identity.api.organisations import Organisation
from kernel.audit import record
from plugins.developers import naming
from plugins.developers.problems import KeyInvalid, NameTaken
from plugins.registry.changes import changed
from plugins.registry.live import manifest_of
from plugins.registry.lookalikes import skeleton
from plugins.registry.models import SERVED, AppName, MiniApp, PlacementKind, Version
from plugins.registry.placement import placement_of
from plugins.registry.serving_setup import client
from plugins.webhooks import service as webhooks


async def create(session: AsyncSession, organisation: Organisation, app_id: str, name_vi: str, name_en: str, *, by: UUID) -> MiniApp:
    """Take a name. Raises NameRefused, NameTaken."""
    await naming.check_id(session, organisation, app_id)
    await naming.check_names(session, app_id, organisation, name_vi, name_en)
    row = insert(MiniApp).values(
        app_id=app_id,
        organisation_id=organisation.id,
        sector=app_id,
        status=AppStatus.DRAFT,
        epoch=1,
        category="other",
        searched="",
        created_at=now(),
        updated_at=now(),
    )
    made = await session.scalar(row.on_conflict_do_nothing(index_elements=[MiniApp.app_id]).returning(MiniApp.app_id))
    if made is None or await clients.exists(session, app_id):
        raise NameTaken
    marks = {mark for name in (name_vi, name_en) if len(mark := skeleton(name)) >= 3}
    session.add_all(AppName(app_id=app_id, skeleton=mark) for mark in marks)
    await session.flush()
    await record(
        session, actor=f"person:{by}", action="miniapp.created", subject=f"miniapp:{app_id}", facts={"organisation": str(organisation.id)}
    )
    return await session.get_one(MiniApp, app_id)


async def of_organisation(session: AsyncSession, organisation_id: UUID) -> Sequence[MiniApp]:
    return (await session.scalars(select(MiniApp).where(MiniApp.organisation_id == organisation_id).order_by(MiniApp.app_id))).all()


async def versions(session: AsyncSession, app_id: str) -> Sequence[Version]:
    """The newest hundred, the newest first."""
    return (await session.scalars(select(Version).where(Version.app_id == app_id).order_by(Version.code.desc()).limit(100))).all()


async def keep_backend_keys(session: AsyncSession, app: MiniApp, jwks: Mapping[str, Any], *, by: UUID) -> None:
    """The public keys the app's backend proves itself with; they count at once where a version is served. Raises KeyInvalid."""
    try:
        found = tokens.public_keys(jwks)
    except ValueError as broken:
        raise KeyInvalid from broken
    if not 1 <= len(found) <= 5:
        raise KeyInvalid
    app.backend_jwks = {**tokens.public_jwks(found.values())}
    app.updated_at = now()
    await session.flush()
    served = [one for one in await versions(session, app.app_id) if one.state in SERVED]
    if served:
        await client(session, app, manifest_of(served[0].manifest))
    facts = {"keys": sorted(found)}
    await record(session, actor=f"person:{by}", action="miniapp.backend_keys", subject=f"miniapp:{app.app_id}", facts=facts)
    await changed(session, app.app_id)


async def move_backend(session: AsyncSession, app: MiniApp) -> None:
    """Send calls and webhooks of every version that is served to where the backend runs now."""
    for version in await versions(session, app.app_id):
        if version.placement is PlacementKind.HTTP and app.backend_url is not None:
            version.address = app.backend_url
            if version.state in SERVED:
                await webhooks.ensure_endpoint(session, manifest_of(version.manifest), placement_of(version))
    await session.flush()
    await changed(session, app.app_id)
