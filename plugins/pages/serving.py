"""Shows the pages of mini-apps on their own origins, found by the Host header before any route of the hub; no cookie, no person."""

import re
from types import SimpleNamespace
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hanoismart import pages
from hanoismart.server.database import Database
from plugins.gateway.holding import Held
from plugins.pages import queries
from plugins.pages.addresses import hub_origin, opaque_base
from plugins.pages.files import AlteredBytes, Files, Reads
from plugins.pages.queries import Shown, Standing
from plugins.settings import settings

_ROUTE: Final = SimpleNamespace(path="pages /v/{code}/{path}")  # what figures and logs call it
_VERSIONED: Final = re.compile(r"/v/([1-9][0-9]{0,9})/(.*)", re.DOTALL)
BLANK: Final = "default-src 'none'; frame-ancestors *; sandbox"
HELD_SECONDS: Final = 0.5  # a kill reaches pages that are still loading within a second


class Pages:
    """The pages of one process. `own` answers for the apps' origins, `opaque` for the path on the hub's own."""

    def __init__(self, database: Database, blobs: Reads) -> None:
        self._database = database
        self._files = Files(blobs)
        self._shown: Held[tuple[str, int], Shown | Standing] = Held(self._read, seconds=HELD_SECONDS, most=500)
        self._labels: Held[str, dict[str, str]] = Held(self._read_labels)

    def forget(self) -> None:
        """Ask for everything again: an app changed."""
        self._shown.forget()
        self._labels.forget()

    async def own(self, request: Request, label: str) -> Response:
        """A file of the app whose origin was asked."""
        app_id = (await self._labels.get("")).get(label)
        if app_id is None:
            return _blank(404)
        if request.method not in {"GET", "HEAD"}:
            return _blank(405, Allow="GET, HEAD")
        if "service-worker" in request.headers:
            return _blank(403)  # a service worker would go on answering after a kill
        match = _VERSIONED.fullmatch(request.url.path)
        if match is None:
            return await self._start(app_id)
        return await self._file(request, app_id, int(match[1]), match[2], opaque=False)

    async def opaque(self, request: Request, app_id: str, code: int, path: str) -> Response:
        """The same file in a sandbox that has no origin."""
        return await self._file(request, app_id, code, path, opaque=True)

    async def _start(self, app_id: str) -> Response:
        """Any other address leads to what everybody gets; among them `/zapps/<id>/`, where apps written for Zalo believe to be."""
        async with self._database.session() as session:
            code = await queries.live_code(session, app_id)
        return _blank(410) if code is None else RedirectResponse(f"/v/{code}/", 302, headers={"Cache-Control": "no-store"})

    async def _file(self, request: Request, app_id: str, code: int, path: str, *, opaque: bool) -> Response:
        found = await self._shown.get((app_id, code))
        if isinstance(found, Standing):
            return _blank(404 if found is Standing.UNKNOWN else 410)
        name = pages.resolve(found.files.keys(), path)
        if name is None:
            return _blank(404)
        digest = found.files[name]
        headers = self._headers(found, name, opaque=opaque) | {"ETag": f'"{digest.hex()}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        try:
            content = await self._files.read(digest)
        except AlteredBytes:
            return _blank(502)
        return Response(content, headers=headers, media_type=pages.media_type(name))

    def _headers(self, found: Shown, name: str, *, opaque: bool) -> dict[str, str]:
        hub = hub_origin()
        told = pages.headers(
            found.manifest,
            host_origin=hub,
            gateway_origin=hub,
            granted=found.manifest.permission_names,
            opaque=opaque,
            base=opaque_base(found.app_id, found.code) if opaque else None,
        )
        return told | {"Cache-Control": pages.caching(name)}

    async def _read(self, key: tuple[str, int]) -> Shown | Standing:
        app_id, code = key
        if len(app_id) > 128 or code >= 2**31:
            return Standing.UNKNOWN
        async with self._database.session() as session:
            return await queries.shown(session, app_id, code)

    async def _read_labels(self, _every: str) -> dict[str, str]:
        async with self._database.session() as session:
            return await queries.labels(session)


class ByHost:
    """Sends what is asked of an app's origin to its pages, everything else to the hub."""

    def __init__(self, served: Pages, app: ASGIApp) -> None:
        self._pages = served
        self._app = app
        self._host = re.compile(rf"(m[a-z2-7]{{24}})\.{re.escape(settings().page_host)}(:[0-9]{{1,5}})?")
        self._beneath = re.compile(rf".+\.{re.escape(settings().page_host)}(:[0-9]{{1,5}})?")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = next((value for name, value in scope.get("headers", ()) if name == b"host"), b"").decode("latin-1").lower()
        if scope["type"] != "http" or self._beneath.fullmatch(host) is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        match = self._host.fullmatch(host)
        # A stranger's name beneath ours is nobody's: the hub itself must never answer there.
        response = _blank(404) if match is None else await self._pages.own(Request(scope, receive), match[1])
        await response(scope, receive, send)


def _blank(status: int, **headers: str) -> Response:
    """Nothing to see and nothing that runs; what the browser kept of the app's origin goes with a stop."""
    told = {"Content-Security-Policy": BLANK, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", **headers}
    if status == 410:
        told["Clear-Site-Data"] = '"cache"'
    return Response("<!doctype html><title></title>", status, headers=told, media_type="text/html")
