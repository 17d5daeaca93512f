"""The city's switches: stopping everything, an app, a version, a method or a ward; suspending, and ending for good."""

from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import StringConstraints
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out
from hanoismart.text import Text
from kernel.access import CallerDep, Staff
from plugins.developers.schemas import KillIn, KillOut
from plugins.registry import lifecycle
from plugins.registry.problems import AppNotFound, VersionNotFound
from plugins.registry.states import StepImpossible
from plugins.rollout import pointers, service
from plugins.rollout.models import Kill
from plugins.rollout.problems import KillNotFound

router = Router(tags=["app review"])
STOPPING = Staff("miniapps.stop")
AppId = Annotated[str, Path(max_length=128)]


class StaffKillIn(KillIn):
    """Without an app: every app."""

    app_id: Annotated[str, StringConstraints(min_length=3, max_length=128)] | None = None


class ReasonIn(In):
    reason_vi: Line
    reason_en: Line


class AppStateOut(Out):
    app_id: str
    status: str


@router.get("/v1/review/kills", audience=STOPPING, response_model=ListOut[KillOut])
async def list_kills(session: Session) -> dict[str, object]:
    """What is stopped now."""
    found = await session.scalars(select(Kill).where(Kill.lifted_at.is_(None)).order_by(Kill.at.desc()).limit(500))
    return {"items": found.all(), "next": None}


@router.post("/v1/review/kills", audience=STOPPING, response_model=KillOut, status_code=201, problems=[AppNotFound, VersionNotFound])
async def kill(body: StaffKillIn, session: Session, caller: CallerDep) -> Kill:
    """Stop something at once, everywhere."""
    return await service.kill(
        session,
        app_id=body.app_id,
        version_code=body.version_code if body.app_id is not None else None,
        method=body.method,
        ward_code=body.ward_code,
        reason=Text(vi=body.reason_vi, en=body.reason_en),
        actor=f"staff:{caller.person}",
    )


@router.delete("/v1/review/kills/{kill_id}", audience=STOPPING, status_code=204, problems=[KillNotFound])
async def lift(kill_id: UUID, session: Session, caller: CallerDep) -> None:
    """Let it run again."""
    await service.lift(session, kill_id, actor=f"staff:{caller.person}")


@router.post("/v1/review/apps/{app_id}/suspend", audience=STOPPING, response_model=AppStateOut, problems=[AppNotFound, StepImpossible])
async def suspend_app(app_id: AppId, body: ReasonIn, session: Session, caller: CallerDep) -> AppStateOut:
    """Suspend an app; its developers have ninety days to appeal."""
    await lifecycle.suspend(session, app_id, reason=Text(vi=body.reason_vi, en=body.reason_en), actor=f"staff:{caller.person}")
    return AppStateOut(app_id=app_id, status="suspended")


@router.post("/v1/review/apps/{app_id}/restore", audience=STOPPING, response_model=AppStateOut, problems=[AppNotFound, StepImpossible])
async def restore_app(app_id: AppId, session: Session, caller: CallerDep) -> AppStateOut:
    """Let a suspended app run again."""
    await lifecycle.publish(session, app_id, actor=f"staff:{caller.person}")
    return AppStateOut(app_id=app_id, status="published")


@router.post("/v1/review/apps/{app_id}/terminate", audience=STOPPING, response_model=AppStateOut, problems=[AppNotFound, StepImpossible])
async def terminate_app(app_id: AppId, session: Session, caller: CallerDep) -> AppStateOut:
    """End a suspended app for good, once its time to appeal is over or the appeal was refused."""
    await lifecycle.terminate(session, await pointers.locked(session, app_id), actor=f"staff:{caller.person}")
    return AppStateOut(app_id=app_id, status="terminated")


@router.post(
    "/v1/review/apps/{app_id}/versions/{version_code}/revoke",
    audience=STOPPING,
    response_model=AppStateOut,
    problems=[AppNotFound, VersionNotFound, StepImpossible],
)
async def revoke_app_version(
    app_id: AppId, version_code: Annotated[int, Path(ge=1, lt=2**31)], session: Session, caller: CallerDep
) -> AppStateOut:
    """Never serve a version again."""
    await service.revoke(session, app_id, version_code, actor=f"staff:{caller.person}")
    return AppStateOut(app_id=app_id, status="revoked")
