"""The routes of uploads behind the real stack, with a person who uploads."""

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx
from starlette.types import ASGIApp

from hanoismart.server.jobs import Run
from hanoismart.server.runtime import Runtime
from kernel import uploads
from kernel.blobs import Blobs
from kernel.uploads import jobs
from tests.support.apps import ChosenCaller

MEBIBYTE = 1024 * 1024
PURPOSE = uploads.register(
    uploads.Purpose(
        name="test_files",
        most_bytes=20 * MEBIBYTE,
        kinds=frozenset({"application/zip", "image/png"}),
        open_uploads=3,
        open_bytes=45 * MEBIBYTE,
    )
)
ZIP = b"PK\x03\x04"
HEADERS = {"Tus-Resumable": "1.0.0"}


class Site:
    """The routes behind the real stack, a person, and the parts they use."""

    def __init__(self, client: httpx.AsyncClient, caller: ChosenCaller, runtime: Runtime, parts: dict[str, Any], app: ASGIApp) -> None:
        self.client = client
        self.caller = caller
        self.runtime = runtime
        self.parts = parts
        self.app = app
        self.person = uuid4()
        caller.person(self.person)

    @property
    def blobs(self) -> Blobs:
        blobs: Blobs = self.runtime.parts["blobs"]
        return blobs

    async def create(self, length: int | str, purpose: str = "test_files", **more: str) -> httpx.Response:
        told = base64.b64encode(purpose.encode()).decode()
        headers = HEADERS | {
            "Upload-Length": str(length),
            "Upload-Metadata": f"purpose {told},filename {base64.b64encode(b'a.zip').decode()}",
        }
        return await self.client.post("/v1/uploads", headers=headers | more)

    async def begun(self, length: int) -> str:
        answer = await self.create(length)
        assert answer.status_code == 201, answer.text
        return answer.headers["location"]

    async def patch(self, path: str, offset: int, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        given = HEADERS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"} | dict(headers or {})
        return await self.client.patch(path, headers=given, content=body)

    async def offset(self, path: str) -> int:
        return int((await self.client.head(path, headers=HEADERS)).headers["upload-offset"])

    async def take(self, path: str, person: UUID | None = None, purpose: str = "test_files") -> uploads.Finished:
        async with self.runtime.database.transaction() as session:
            return await uploads.take(session, UUID(path.rsplit("/", 1)[1]), person or self.person, purpose)

    async def keys(self) -> list[str]:
        return [key async for key in self.blobs.keys("uploads")]

    async def purge(self) -> None:
        await jobs.purge(Run({}, 0, self.runtime.database, self.runtime.parts))
