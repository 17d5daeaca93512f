"""Uploads by tus 1.0.0: core, creation, checksum, termination and expiration (https://tus.io/protocols/resumable-upload)."""

from collections.abc import AsyncIterator
from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Request, Response

from hanoismart.problems import Problem
from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.runtime import Runtime
from kernel.access import CallerDep, Person
from kernel.blobs import Blobs
from kernel.uploads import problems, service
from kernel.uploads.finishing import clear, finish
from kernel.uploads.headers import check_version, length_of, metadata_of, offset_of
from kernel.uploads.holding import hold, release
from kernel.uploads.models import Upload
from kernel.uploads.purposes import largest
from kernel.uploads.receiving import ALGORITHMS, Receiving, checksum_of
from kernel.uploads.schemas import UploadOut, upload_out

PATH = "/v1/uploads"
CONTENT = "application/offset+octet-stream"
_FOUND = (problems.UploadNotFound, problems.UploadGone)
_BODY: dict[str, Any] = {"requestBody": {"content": {CONTENT: {"schema": {"type": "string", "format": "binary"}}}, "required": False}}
_WRITING: tuple[type[Problem], ...] = (
    *_FOUND,
    problems.VersionUnsupported,
    problems.MediaTypeWrong,
    problems.OffsetInvalid,
    problems.OffsetWrong,
    problems.UploadLocked,
    problems.UploadTooLarge,
    problems.UploadTaken,
    problems.UploadRefused,
    problems.ContentRefused,
    problems.Infected,
    problems.ChecksumInvalid,
    problems.ChecksumWrong,
    problems.SenderStalled,
    problems.ScannerAway,
)
router = Router(tags=["uploads"])
Tus = Annotated[str | None, Header(alias="Tus-Resumable", description="1.0.0")]


@router.options(PATH, audience=Anyone(), status_code=204, response_class=Response)
async def describe_uploads() -> Response:
    """What this server speaks (tus: OPTIONS)."""
    offered = {
        "Tus-Resumable": problems.VERSION,
        "Tus-Version": problems.VERSION,
        "Tus-Extension": "creation,checksum,termination,expiration",
        "Tus-Max-Size": str(largest()),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(status_code=204, headers=offered)


@router.post(
    PATH,
    audience=Person(),
    status_code=201,
    response_model=UploadOut,
    problems=[
        problems.VersionUnsupported,
        problems.LengthInvalid,
        problems.MetadataInvalid,
        problems.PurposeUnknown,
        problems.UploadTooLarge,
        problems.TooManyUploads,
    ],
)
async def create_upload(
    response: Response,
    session: Session,
    caller: CallerDep,
    version: Tus = None,
    length: Annotated[str | None, Header(alias="Upload-Length", description="bytes")] = None,
    metadata: Annotated[str | None, Header(alias="Upload-Metadata", description="purpose <base64>, further pairs are given back")] = None,
) -> UploadOut:
    """Begin an upload; its address comes in Location."""
    check_version(version)
    told = metadata_of(metadata)
    upload = await service.create(session, caller.person, told.get("purpose", ""), length_of(length), metadata or "")
    response.headers.update(_expiring(upload) | {"Location": f"{PATH}/{upload.id}"})
    return upload_out(upload)


@router.get(f"{PATH}/{{upload_id}}", audience=Person(), response_model=UploadOut, problems=_FOUND)
async def read_upload(upload_id: UUID, session: Session, caller: CallerDep) -> UploadOut:
    """How far an upload is, and what was found out about it."""
    return upload_out(await service.read(session, upload_id, caller.person))


@router.head(
    f"{PATH}/{{upload_id}}",
    audience=Person(),
    response_class=Response,
    problems=[*_FOUND, problems.VersionUnsupported],
)
async def head_upload(upload_id: UUID, session: Session, caller: CallerDep, version: Tus = None) -> Response:
    """Where to go on (tus: HEAD)."""
    check_version(version)
    upload = await service.read(session, upload_id, caller.person)
    headers = _expiring(upload) | {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return Response(headers=headers | ({"Upload-Metadata": upload.description} if upload.description else {}))


@router.patch(
    f"{PATH}/{{upload_id}}",
    audience=Person(),
    streamed=True,
    status_code=204,
    response_class=Response,
    problems=_WRITING,
    openapi_extra=_BODY,
)
async def append_to_upload(
    upload_id: UUID,
    request: Request,
    caller: CallerDep,
    version: Tus = None,
    offset: Annotated[str | None, Header(alias="Upload-Offset", description="bytes that have arrived")] = None,  # noqa: ARG001 (documents what _append reads)
    checksum: Annotated[str | None, Header(alias="Upload-Checksum", description="sha1 or sha256, then base64")] = None,  # noqa: ARG001 (likewise)
) -> Response:
    """Send the next bytes; when the last have come, the file is checked. An empty body at the end asks for the check again."""
    return await _append(request, upload_id, caller.person, version)


@router.delete(
    f"{PATH}/{{upload_id}}",
    audience=Person(),
    status_code=204,
    response_class=Response,
    problems=[*_FOUND, problems.VersionUnsupported, problems.UploadLocked, problems.UploadTaken],
)
async def terminate_upload(upload_id: UUID, request: Request, caller: CallerDep, version: Tus = None) -> Response:
    """Give an upload up (tus: termination)."""
    return await _terminate(request, upload_id, caller.person, version)


@router.post(
    f"{PATH}/{{upload_id}}",
    audience=Person(),
    streamed=True,
    status_code=204,
    response_class=Response,
    problems=[*_WRITING, problems.MethodUnknown],
    openapi_extra=_BODY,
)
async def override_method(
    upload_id: UUID,
    request: Request,
    caller: CallerDep,
    method: Annotated[str | None, Header(alias="X-HTTP-Method-Override", description="PATCH or DELETE")] = None,
    version: Tus = None,
) -> Response:
    """For callers whose network knows no PATCH or DELETE (tus: X-HTTP-Method-Override)."""
    if method == "DELETE":
        return await _terminate(request, upload_id, caller.person, version)
    if method != "PATCH":
        raise problems.MethodUnknown(headers={"Allow": "DELETE, GET, HEAD, PATCH, POST"})
    return await _append(request, upload_id, caller.person, version)


async def _terminate(request: Request, upload_id: UUID, person_id: UUID, version: str | None) -> Response:
    check_version(version)
    runtime: Runtime = request.scope["runtime"]
    async with runtime.database.transaction() as session:
        await service.terminate(session, upload_id, person_id)
    await clear(_blobs(runtime), upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": problems.VERSION})


async def _append(request: Request, upload_id: UUID, person_id: UUID, version: str | None) -> Response:
    check_version(version)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CONTENT:
        raise problems.MediaTypeWrong
    offset, checksum = offset_of(request.headers.get("upload-offset")), checksum_of(request.headers.get("upload-checksum"))
    runtime: Runtime = request.scope["runtime"]
    database, blobs = runtime.database, _blobs(runtime)
    held = await hold(database, upload_id, person_id, offset)
    try:
        declared = request.headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and held.offset + int(declared[:18]) > held.length:
            raise problems.UploadTooLarge
        offset = await Receiving(database, blobs, held, checksum).run(_body(request))
        if offset == held.length and not held.finished:  # the last request may come again where its answer was lost
            await finish(database, blobs, runtime.parts["scanner"], held)
    finally:
        await release(database, held)
    async with database.session() as session:
        upload = await service.read(session, upload_id, person_id)
    return Response(status_code=204, headers=_expiring(upload) | {"Upload-Offset": str(upload.offset)})


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk


def _blobs(runtime: Runtime) -> Blobs:
    blobs: Blobs = runtime.parts["blobs"]
    return blobs


def _expiring(upload: Upload) -> dict[str, str]:
    return {"Tus-Resumable": problems.VERSION, "Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}
