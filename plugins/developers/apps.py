"""Apps as their developers make them: a name is taken first, versions come later."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

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
from plugins.registry.models import AppName, MiniApp, PlacementKind, Version, VersionState
from plugins.registry.placement import placement_of
from plugins.registry.serving_setup import client
from plugins.rollout import pointers
from plugins.webhooks import service as webhooks


class Head(NamedTuple):
    """What a list of apps shows of a version."""

    code: int
    state: VersionState
    canary_percent: int | None


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
    """At most five hundred, by id."""
    found = select(MiniApp).where(MiniApp.organisation_id == organisation_id).order_by(MiniApp.app_id).limit(500)
    return (await session.scalars(found)).all()


async def heads(session: AsyncSession, app_ids: Sequence[str]) -> Mapping[str, Sequence[Head]]:
    """The versions that are live or a canary, and the newest one, of each app, the newest first: one question for all apps."""
    newest = select(func.max(Version.code)).where(Version.app_id == MiniApp.app_id).correlate(MiniApp).scalar_subquery()
    shown = Version.state.in_((VersionState.LIVE, VersionState.CANARY)) | (Version.code == newest)
    found = (
        select(Version.app_id, Version.code, Version.state, Version.canary_percent)
        .join(MiniApp, MiniApp.app_id == Version.app_id)
        .where(MiniApp.app_id.in_(app_ids), shown)
        .order_by(Version.code.desc())
    )
    grouped: dict[str, list[Head]] = {app_id: [] for app_id in app_ids}
    for app_id, code, state, percent in (await session.execute(found)).all():
        grouped[app_id].append(Head(code, state, percent))
    return grouped


async def versions(session: AsyncSession, app_id: str) -> Sequence[Version]:
    """The newest hundred, the newest first, without their documents: each may have megabytes of them."""
    heavy = (Version.manifest, Version.files_json, Version.openapi)
    found = select(Version).where(Version.app_id == app_id).order_by(Version.code.desc()).limit(100)
    return (await session.scalars(found.options(*(defer(one, raiseload=True) for one in heavy)))).all()


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
    speaking = await pointers.speaking(session, app.app_id)
    if speaking is not None:
        await client(session, app, manifest_of(speaking.manifest))
    facts = {"keys": sorted(found)}
    await record(session, actor=f"person:{by}", action="miniapp.backend_keys", subject=f"miniapp:{app.app_id}", facts=facts)
    await changed(session, app.app_id)


async def move_backend(session: AsyncSession, app: MiniApp) -> None:
    """Send calls and webhooks of every version that is served to where the backend runs now."""
    if app.backend_url is None:
        return
    over_http = (Version.app_id == app.app_id) & (Version.placement == PlacementKind.HTTP)
    await session.execute(update(Version).where(over_http).values(address=app.backend_url).execution_options(synchronize_session="fetch"))
    speaking = await pointers.speaking(session, app.app_id)
    if speaking is not None and speaking.placement is PlacementKind.HTTP:
        await webhooks.ensure_endpoint(session, manifest_of(speaking.manifest), placement_of(speaking))
    await session.flush()
    await changed(session, app.app_id)
