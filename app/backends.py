"""First-party mini-app backends that run in this process, each with its own schema, key and client of the hub."""

import importlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import OKPKey
from starlette.types import ASGIApp

from app.settings import AppSettings
from hanoismart.server.miniapp import Backend, MiniAppSettings, Mounted, mount
from kernel.settings import Settings, parse_keys


class HubTransport(httpx.AsyncBaseTransport):
    """Brings a backend's calls to the hub that runs in the same process, without a socket; `app` is set when the hub stands."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.app is None:
            raise httpx.ConnectError("the hub is not up yet", request=request)
        return await httpx.ASGITransport(app=self.app, raise_app_exceptions=False).handle_async_request(request)


class Backends:
    """The port through which plugins reach backends in this process."""

    def __init__(self, mounted: Mapping[str, Mounted]) -> None:
        self.mounted = dict(mounted)

    def app(self, app_id: str) -> ASGIApp | None:
        found = self.mounted.get(app_id)
        return found.app if found else None

    async def migrate(self) -> None:
        for mounted in self.mounted.values():
            await mounted.migrate()

    async def close(self) -> None:
        for mounted in self.mounted.values():
            await mounted.close()


def addresses(settings: AppSettings) -> dict[str, str]:
    """The module of each backend the settings name, by app id."""
    entries = [part.strip().partition("=") for part in settings.miniapp_backends.split(",") if part.strip()]
    return {app_id: module for app_id, _, module in entries}


def declared(settings: AppSettings) -> dict[str, Backend]:
    """The backends the settings name, by app id. Raises ValueError where a module holds none, or another's."""
    found: dict[str, Backend] = {}
    for app_id, module in addresses(settings).items():
        miniapp = getattr(importlib.import_module(module), "backend", None)
        if not isinstance(miniapp, Backend) or miniapp.app_id != app_id:
            raise ValueError(f"{module} does not hold the backend of {app_id}")
        found[app_id] = miniapp
    return found


def mount_backends(hub: Settings, settings: AppSettings, transport: httpx.AsyncBaseTransport | None) -> Backends:
    """Mount every declared backend; `transport` is None where the hub is reached over HTTP (a worker)."""
    mounted = {}
    for app_id, miniapp in declared(settings).items():
        mounted[app_id] = mount(miniapp, _settings(hub, settings, app_id), transport=transport)
    return Backends(mounted)


def _settings(hub: Settings, settings: AppSettings, app_id: str) -> MiniAppSettings:
    if hub.database_url is None:
        raise ValueError("a backend in this process keeps its tables in the hub's database")
    return MiniAppSettings(
        database_url=hub.database_url,
        hub_url=hub.public_url,
        issuer=hub.public_url,
        key=key_of(Path(settings.miniapp_keys), app_id),
        sealing_key=_derived(hub.sealing_keys, f"seal {app_id}"),
        cursor_key=_derived(hub.cursor_key, f"cursor {app_id}"),
    )


def _derived(keys: str, purpose: str) -> bytes:
    """A key of the backend's own from the installation's current one."""
    held, current = parse_keys(keys)
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(held[current])


def key_of(folder: Path, app_id: str) -> OKPKey:
    """The backend's private key, made on first use; two processes that start at once keep the same one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{app_id}.jwk"
    if not path.exists():
        made = folder / f"{app_id}.{os.getpid()}.part"
        made.touch(mode=0o600)
        made.write_text(json.dumps(OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return OKPKey.import_key(json.loads(path.read_text()))
