"""Every route of the house, one small app per room, found by a dict on the first segments of the path."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

import identity.routers
import notifications.routers
import payments.routers
import plugins.routers
import social.routers
from app import probes
from app.composition import Process
from app.shell import hosting
from app.shell import routes as shell
from hanoismart.server.service import api
from identity.oauth.hot.door import ShortWay
from kernel.http import Dispatch
from kernel.uploads import routes as uploads
from plugins.pages.serving import ByHost

DEPTH = 3
GATEWAY = "v1/gw"
PACKAGES: tuple[Any, ...] = (identity.routers, notifications.routers, payments.routers, plugins.routers, social.routers)


def routers() -> list[tuple[APIRouter, Mapping[Any, Any]]]:
    """Every router with the exception handlers of its package."""
    found = [(router, getattr(package, "HANDLERS", {})) for package in PACKAGES for router in package.ROUTERS]
    return [*found, (uploads.router, {}), (probes.router, {}), (shell.router, {}), (hosting.router, {})]


def apps() -> list[FastAPI]:
    """One small FastAPI app per room; rooms that share an address, themselves or through a third, share an app."""
    rooms: list[_Room] = []
    for router, handlers in routers():
        joined = _Room(set(prefixes(router)), list(router.routes), dict(handlers))
        apart: list[_Room] = []
        for room in rooms:
            if room.addresses & joined.addresses:
                joined = _Room(room.addresses | joined.addresses, room.routes + joined.routes, room.handlers | joined.handlers)
            else:
                apart.append(room)
        rooms = [*apart, joined]
    return [_app(room) for room in rooms]


def _app(room: "_Room") -> FastAPI:
    app = api("HanoiSmart", [])
    app.router.routes.extend(room.routes)
    for kind, handler in room.handlers.items():
        app.add_exception_handler(kind, handler)
    return app


@dataclass(frozen=True, slots=True)
class _Room:
    addresses: set[str]
    routes: list[BaseRoute]
    handlers: dict[Any, Any]


def dispatch(process: Process) -> ASGIApp:
    """The dispatcher over every room, and the gateway beside them; mini-apps' own origins are told apart before it."""
    table: dict[str, ASGIApp] = {address: app for app in apps() for address in prefixes(app)}
    for method, path, answer in identity.routers.SHORT_WAYS:
        address = path.strip("/")
        table[address] = ShortWay(table[address], method, path, answer)
    return ByHost(process.pages, Dispatch(table | {GATEWAY: process.gateway}))


def prefixes(routed: APIRouter | FastAPI) -> Iterable[str]:
    """The first fixed segments of every route, three at most. Raises TypeError for what hides its addresses (an included router)."""
    for route in routed.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{type(route).__name__} cannot be found by the dispatcher: extend `routes` with the router's own")
        fixed = route.path.split("{", 1)[0].strip("/").split("/")
        yield "/".join(fixed[:DEPTH])
