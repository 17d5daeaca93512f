"""The developer portal's second half: one app, its versions and what is served of them."""

from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Path, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.manifest import grammar
from hanoismart.problems import Problem
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.api import demo, organisations, tokens
from kernel import uploads
from kernel.access import CallerDep, Person
from kernel.uploads import UploadNotFound, UploadRefused, UploadUnfinished
from plugins.developers import apps, naming
from plugins.developers.policies import developer_of
from plugins.developers.problems import KeyInvalid, NameRefused
from plugins.developers.reading import app_out, version_detail, version_out
from plugins.developers.schemas import (
    AppealIn,
    BackendIn,
    DeveloperAppOut,
    KillIn,
    KillOut,
    RolledBackOut,
    RolloutIn,
    VersionDetailOut,
    VersionIn,
    VersionOut,
)
from plugins.packages import pacing, submitting
from plugins.packages.problems import OtherApp, PackageNotAccepted, SignatureNotAccepted, SubmissionsSpent, TooManySubmissions
from plugins.registry import lifecycle
from plugins.registry.models import MiniApp, Version
from plugins.registry.problems import AppNotFound, NothingToRollBackTo, VersionAltered, VersionNotFound, VersionNotRising
from plugins.registry.states import StepImpossible
from plugins.review import appeals
from plugins.review import service as reviews
from plugins.review.models import CheckReport
from plugins.review.problems import AppealImpossible, NotImpartial
from plugins.rollout import service as rollout
from plugins.rollout.models import Kill
from plugins.rollout.problems import KillNotFound, TesterUnknown, TooManyTesters
from plugins.settings import settings
from plugins.uploads import PACKAGE

router = Router(tags=["developers"])
AppId = Annotated[str, Path(max_length=128)]
Code = Annotated[int, Path(ge=1, lt=2**31)]


class BackendRefused(Problem):
    code = "developers.backend_refused"
    status = 422
    title = Text(vi="Địa chỉ máy chủ không được chấp nhận", en="The backend's address is not accepted")


class ReportNotReady(Problem):
    code = "developers.report_not_ready"
    status = 404
    title = Text(vi="Báo cáo chưa có", en="The report is not there yet")


@router.get("/v1/dev/apps/{app_id}", audience=Person(acr=1), response_model=DeveloperAppOut, problems=[AppNotFound])
async def read_developer_app(app_id: AppId, session: Session, caller: CallerDep) -> DeveloperAppOut:
    app = await developer_of(session, caller, app_id)
    return app_out(app, await apps.versions(session, app_id))


@router.put(
    "/v1/dev/apps/{app_id}/backend",
    audience=Person(acr=1),
    response_model=DeveloperAppOut,
    problems=[AppNotFound, KeyInvalid, BackendRefused],
)
async def set_backend(app_id: AppId, body: BackendIn, session: Session, caller: CallerDep) -> DeveloperAppOut:
    """The public keys the app's backend gets tokens with, and where it runs."""
    app = await developer_of(session, caller, app_id)
    if body.url is not None:
        address = _address(body.url)
        owner = await organisations.organisation(session, app.organisation_id)
        if not await naming.holds(session, owner, urlsplit(address).hostname or ""):
            raise BackendRefused  # reviewers saw another host; a move stays with the organisation
        app.backend_url = address
        await apps.move_backend(session, app)
    if body.jwks is not None:
        await apps.keep_backend_keys(session, app, body.jwks, by=caller.person)
    return app_out(app, await apps.versions(session, app_id))


@router.get("/v1/dev/apps/{app_id}/versions", audience=Person(acr=1), response_model=ListOut[VersionOut], problems=[AppNotFound])
async def list_versions(app_id: AppId, session: Session, caller: CallerDep) -> ListOut[VersionOut]:
    """The newest hundred."""
    await developer_of(session, caller, app_id)
    return ListOut(items=[version_out(one) for one in await apps.versions(session, app_id)], next=None)


@router.post(
    "/v1/dev/apps/{app_id}/versions",
    audience=Person(acr=1),
    response_model=VersionOut,
    status_code=202,
    problems=[
        AppNotFound, UploadNotFound, UploadUnfinished, UploadRefused, PackageNotAccepted, SignatureNotAccepted, OtherApp,
        VersionAltered, VersionNotRising, TooManySubmissions, SubmissionsSpent,
    ],
)  # fmt: skip
async def submit_version(app_id: AppId, body: VersionIn, request: Request, caller: CallerDep) -> VersionOut:
    """Submit an uploaded package. It is read and its signature checked at once; the other checks take less than a minute."""
    runtime = request.scope["runtime"]
    async with runtime.database.transaction() as session:
        await developer_of(session, caller, app_id)
        uploaded = await uploads.find_finished(session, body.upload_id, caller.person, PACKAGE.name)
        await pacing.try_once(session, app_id)
    found = await submitting.unpacked(runtime.parts["blobs"], uploaded.key)
    given = submitting.Submission(body.upload_id, caller.person, body.notes, body.supersede)
    async with runtime.database.transaction() as session:
        app = await developer_of(session, caller, app_id)
        return version_out(await submitting.submit(session, app, found, given))


@router.get(
    "/v1/dev/apps/{app_id}/versions/{version_code}",
    audience=Person(acr=1),
    response_model=VersionDetailOut,
    problems=[AppNotFound, VersionNotFound],
)
async def read_version(app_id: AppId, version_code: Code, session: Session, caller: CallerDep) -> VersionDetailOut:
    """A version with its reviews and their clocks."""
    return await version_detail(session, await _version(session, await developer_of(session, caller, app_id), version_code))


@router.get(
    "/v1/dev/apps/{app_id}/versions/{version_code}/report",
    audience=Person(acr=1),
    response_model=dict[str, Any],
    problems=[AppNotFound, VersionNotFound, ReportNotReady],
)
async def read_report(app_id: AppId, version_code: Code, session: Session, caller: CallerDep) -> dict[str, Any]:
    """What the automatic checks found, in the form of SARIF 2.1.0."""
    version = await _version(session, await developer_of(session, caller, app_id), version_code)
    report = await session.get(CheckReport, version.id)
    if report is None:
        raise ReportNotReady
    return report.report


@router.post(
    "/v1/dev/apps/{app_id}/versions/{version_code}/withdraw",
    audience=Person(acr=1),
    response_model=VersionOut,
    problems=[AppNotFound, VersionNotFound, StepImpossible],
)
async def withdraw_version(app_id: AppId, version_code: Code, session: Session, caller: CallerDep) -> VersionOut:
    """Take back a version that waits for checks or review."""
    version = await _version(session, await developer_of(session, caller, app_id), version_code)
    await submitting.withdraw(session, [version], by=caller.person)
    return version_out(version)


@router.post(
    "/v1/dev/apps/{app_id}/versions/{version_code}/appeal",
    audience=Person(acr=1),
    response_model=VersionDetailOut,
    status_code=201,
    problems=[AppNotFound, VersionNotFound, AppealImpossible],
)
async def appeal_version(app_id: AppId, version_code: Code, body: AppealIn, session: Session, caller: CallerDep) -> VersionDetailOut:
    """Ask other reviewers to look again at a rejected version; once."""
    version = await _version(session, await developer_of(session, caller, app_id), version_code)
    await reviews.appeal(session, version, body.text, by=caller.person)
    return await version_detail(session, version)


@router.post(
    "/v1/dev/apps/{app_id}/versions/{version_code}/revoke",
    audience=Person(acr=1),
    response_model=VersionOut,
    problems=[AppNotFound, VersionNotFound, StepImpossible],
)
async def revoke_version(app_id: AppId, version_code: Code, session: Session, caller: CallerDep) -> VersionOut:
    """Never serve this version again; where it was live, the previous one is."""
    version = await _version(session, await developer_of(session, caller, app_id), version_code)
    await rollout.revoke(session, app_id, version_code, actor=_actor(caller.person))
    return version_out(version)


@router.put(
    "/v1/dev/apps/{app_id}/rollout",
    audience=Person(acr=1),
    response_model=VersionOut,
    problems=[AppNotFound, VersionNotFound, StepImpossible, NotImpartial, NameRefused, TooManyTesters, TesterUnknown],
)
async def roll_out(app_id: AppId, body: RolloutIn, session: Session, caller: CallerDep) -> VersionOut:
    """Serve an approved version to named people, to a share of everybody (1, 5, 25 or 50 %; 5 unless said), or to all."""
    app = await developer_of(session, caller, app_id)
    actor = _actor(caller.person)
    if body.stage == "whitelist":
        people = [await _tester(session, app, one) for one in body.people]
        version = await rollout.whitelist(session, app_id, body.version_code, [caller.person, *people], actor=actor)
    elif body.stage == "canary":
        version = await rollout.canary(session, app_id, body.version_code, body.percent or 5, actor=actor)
    else:
        version = await rollout.live(session, app_id, body.version_code, actor=actor)
    return version_out(version)


@router.post(
    "/v1/dev/apps/{app_id}/rollback", audience=Person(acr=1), response_model=RolledBackOut, problems=[AppNotFound, NothingToRollBackTo]
)
async def roll_back(app_id: AppId, session: Session, caller: CallerDep) -> RolledBackOut:
    """Take the newest step back, at any time: the canary ends, or the previous version is live again."""
    await developer_of(session, caller, app_id)
    return RolledBackOut(live=await rollout.roll_back(session, app_id, actor=_actor(caller.person)))


@router.post(
    "/v1/dev/apps/{app_id}/unpublish", audience=Person(acr=1), response_model=DeveloperAppOut, problems=[AppNotFound, StepImpossible]
)
async def unpublish_app(app_id: AppId, session: Session, caller: CallerDep) -> DeveloperAppOut:
    """Take the app off the catalogue; nobody opens it until it is published again."""
    app = await developer_of(session, caller, app_id)
    await lifecycle.unpublish(session, app_id, actor=_actor(caller.person))
    return app_out(app, await apps.versions(session, app_id))


@router.post(
    "/v1/dev/apps/{app_id}/publish", audience=Person(acr=1), response_model=DeveloperAppOut, problems=[AppNotFound, StepImpossible]
)
async def publish_app(app_id: AppId, session: Session, caller: CallerDep) -> DeveloperAppOut:
    """Put an unpublished app back; a suspended one only comes back by appeal."""
    app = await developer_of(session, caller, app_id)
    await lifecycle.republish(session, app_id, actor=_actor(caller.person))
    return app_out(app, await apps.versions(session, app_id))


@router.post(
    "/v1/dev/apps/{app_id}/appeal", audience=Person(acr=1), response_model=DeveloperAppOut, status_code=201,
    problems=[AppNotFound, AppealImpossible],
)  # fmt: skip
async def appeal_suspension(app_id: AppId, body: AppealIn, session: Session, caller: CallerDep) -> DeveloperAppOut:
    """Answer a suspension within ninety days; somebody other than who suspended decides."""
    app = await developer_of(session, caller, app_id)
    await appeals.file(session, app, body.text, by=caller.person)
    return app_out(app, await apps.versions(session, app_id))


@router.post(
    "/v1/dev/apps/{app_id}/kill", audience=Person(acr=1), response_model=KillOut, status_code=201,
    problems=[AppNotFound, VersionNotFound],
)  # fmt: skip
async def kill_app(app_id: AppId, body: KillIn, session: Session, caller: CallerDep) -> Kill:
    """Stop one's own app, a version, a method or a ward at once."""
    await developer_of(session, caller, app_id)
    return await rollout.kill(
        session,
        app_id=app_id,
        version_code=body.version_code,
        method=body.method,
        ward_code=body.ward_code,
        reason=Text(vi=body.reason_vi, en=body.reason_en),
        actor=_actor(caller.person),
    )


@router.delete("/v1/dev/apps/{app_id}/kills/{kill_id}", audience=Person(acr=1), status_code=204, problems=[AppNotFound, KillNotFound])
async def lift_kill(app_id: AppId, kill_id: UUID, session: Session, caller: CallerDep) -> None:
    """Let it run again; what the city stopped, the city lifts."""
    await developer_of(session, caller, app_id)
    row = await session.get(Kill, kill_id)
    if row is None or row.actor.startswith("staff:"):
        raise KillNotFound
    await rollout.lift(session, kill_id, actor=_actor(caller.person), app_id=app_id)


def _actor(person_id: UUID) -> str:
    return f"person:{person_id}"


async def _version(session: AsyncSession, app: MiniApp, version_code: int) -> Version:
    found = select(Version).where(Version.app_id == app.app_id, Version.code == version_code)
    version = await session.scalar(found)
    if version is None:
        raise VersionNotFound
    return version


async def _tester(session: AsyncSession, app: MiniApp, named: str) -> UUID:
    person_id = await demo.test_citizen(session, named) if named.startswith("+") else await tokens.person_of(session, app.sector, named)
    if person_id is None:
        raise TesterUnknown
    return person_id


def _address(url: str) -> str:
    if settings().inward_calls and urlsplit(url).scheme == "http" and urlsplit(url).hostname in {"localhost", "127.0.0.1"}:
        return url.rstrip("/")
    try:
        return grammar.base_url(url)
    except ValueError as refused:
        raise BackendRefused from refused
