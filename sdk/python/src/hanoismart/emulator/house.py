"""The emulator as one thing: the project on disk, its super-app in memory, its backend, and what happened lately."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from hanoismart import clock, origins, package, pages
from hanoismart.cli.project import Project
from hanoismart.cli.terminal import CommandFailed
from hanoismart.emulator.backend_api import BackendApi
from hanoismart.emulator.passage import Gateway, OverHttp
from hanoismart.emulator.superapp import Delivery, SuperApp
from hanoismart.gateway import Answer, GatewayRequest, Refusal
from hanoismart.gateway.contract import ApiContract, ContractInvalid
from hanoismart.manifest import ManifestInvalid, parse
from hanoismart.manifest.rules import Finding

WEBHOOK: Final = "/hs/webhook"
SIDE: Final = frozenset({"META", "node_modules", "__pycache__"})


@dataclass
class Sent:
    """One attempt at a webhook."""

    delivery: Delivery
    at: str
    status: int | None
    detail: str


@dataclass
class House:
    """`port` is where it listens; `backend_url` where the app's backend answers, if it has one."""

    project: Project
    port: int
    backend_url: str | None = None
    slow_ms: int = 0
    findings: list[Finding] = field(default_factory=list)
    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=50))
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=100))
    _listeners: set[asyncio.Queue[dict[str, Any]]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Raises CommandFailed where the manifest does not hold."""
        self.superapp = SuperApp(
            self.project.manifest, issuer=self.origin, contract=self._contract(), backend_running=self.backend_url is not None
        )
        self.api = BackendApi(self.superapp)
        self.gateway = Gateway(self.superapp, OverHttp(self.backend_url or "http://127.0.0.1:9"))

    @property
    def origin(self) -> str:
        """The host page's origin, which is the hub's too."""
        return f"http://localhost:{self.port}"

    @property
    def app_origin(self) -> str:
        """The app's own origin, as in production: another host, so that the browser keeps the two apart."""
        return origins.origin(self.superapp.app_id, f"apps.localhost:{self.port}", scheme="http")

    # The app's files

    def file(self, path: str) -> tuple[bytes, dict[str, str]] | None:
        """A page or a file of the app with the headers production would send; None where there is none."""
        root = self.project.app.resolve()
        names = {
            one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file() and not SIDE & set(one.relative_to(root).parts)
        }
        name = pages.resolve(names, path)
        if name is None or name.startswith("."):
            return None
        granted = self.superapp.manifest.permission_names
        headers = pages.headers(self.superapp.manifest, host_origin=self.origin, gateway_origin=self.origin, granted=granted)
        headers |= {"Content-Type": pages.media_type(name) or "application/octet-stream", "Cache-Control": "no-store"}
        return (root / name).read_bytes(), headers

    def reload(self) -> None:
        """Read the manifest again; one that does not hold is shown and the last good one stays."""
        try:
            self.superapp.manifest = parse(self.project.manifest_bytes)
            self.superapp.contract = self._contract()
            self.findings = []
        except ManifestInvalid as invalid:
            self.findings = list(invalid.findings)
        except CommandFailed:
            return  # an editor is just writing the file
        self.tell("reload", findings=[one.as_json() for one in self.findings])

    def _contract(self) -> ApiContract | None:
        """The app's OpenAPI document, which its calls must fit; a malformed one is a finding, and nothing is held against it."""
        backend = self.project.manifest.hs.backend
        if backend is None or backend.openapi is None:
            return None
        with suppress(OSError, ValueError, ContractInvalid):
            return ApiContract(json.loads((self.project.app / backend.openapi).read_bytes()))
        return None

    def checked(self) -> list[Finding]:
        """What `hs lint` would say of the files now."""
        try:
            return list(package.build(self.project.app).warnings)
        except package.PackageRefused as refused:
            return list(refused.findings)

    # Calls and messages

    async def call(self, request: GatewayRequest, body: bytes, token: str | None) -> Answer | Refusal:
        """A page's call, through the real gateway, on a network as slow as was chosen."""
        await asyncio.sleep(self.slow_ms / 1000)
        outcome = await self.gateway.call(request, body, token)
        self.note("call", method=request.method, path=request.path, status=outcome.status, code=getattr(outcome, "code", None))
        return outcome

    async def deliver(self) -> None:
        """Send what waits in the outbox to the app's backend."""
        waiting = list(self.superapp.outbox)
        self.superapp.outbox.clear()
        for one in waiting:
            await self.send(one)

    async def send(self, delivery: Delivery) -> Sent:
        """One attempt, signed now; what came back."""
        attempt = Sent(delivery, clock.now().isoformat(), None, "no backend")
        if self.backend_url is not None and self.superapp.reason is None:
            hooks = self.superapp.manifest.hs.webhooks
            path = urlsplit(hooks.url).path if hooks is not None and hooks.url is not None else WEBHOOK
            try:
                async with httpx.AsyncClient(timeout=15, trust_env=False) as http:
                    response = await http.post(self.backend_url + path, content=delivery.body, headers=self.superapp.signed(delivery))
                attempt.status, attempt.detail = response.status_code, response.text[:300]
            except httpx.HTTPError as failure:
                attempt.detail = type(failure).__name__
        self.sent.append(attempt)
        self.note("webhook", id=delivery.id, type=delivery.type, status=attempt.status, detail=attempt.detail)
        return attempt

    # What happened

    def note(self, kind: str, **told: Any) -> None:
        """Keep and tell something that happened."""
        self.log.append({"kind": kind, "at": clock.now().isoformat(), **told})
        self.tell("log", **self.log[-1])

    def tell(self, event: str, **told: Any) -> None:
        """Tell every open host page."""
        for queue in self._listeners:
            if queue.qsize() < 100:
                queue.put_nowait({"event": event, **told})

    async def listen(self) -> AsyncIterator[dict[str, Any]]:
        """What is told from now on."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    def stamp(self) -> tuple[tuple[str, int], ...]:
        """The app's files with the times they were changed."""
        return stamp(self.project.app)


def stamp(folder: Path, suffixes: frozenset[str] | None = None) -> tuple[tuple[str, int], ...]:
    """The files of a folder with the times they were changed; those of some suffixes only, where they are given."""
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if any(part in SIDE or part.startswith(".") for part in parts) or (suffixes and path.suffix not in suffixes):
            continue
        with suppress(OSError):
            if path.is_file():
                found.append((str(path), path.stat().st_mtime_ns))
    return tuple(sorted(found))
