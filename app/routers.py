"""Every route of the house, one small app per room, found by a dict on the first segments of the path."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

import identity.routers
import notifications.routers
import payments.routers
import plugins.routers
import social.routers
from app import probes
from app.composition import Process
from app.shell import routes as shell
from hanoismart.server.service import api
from kernel.http import Dispatch

DEPTH = 3
GATEWAY = "v1/gw"
PACKAGES: tuple[Any, ...] = (identity.routers, notifications.routers, payments.routers, plugins.routers, social.routers)


def routers() -> list[tuple[APIRouter, Mapping[Any, Any]]]:
    """Every router with the exception handlers of its package."""
    found = [(router, getattr(package, "HANDLERS", {})) for package in PACKAGES for router in package.ROUTERS]
    return [*found, (probes.router, {}), (shell.router, {})]


def apps() -> list[FastAPI]:
    """One small FastAPI app per room; rooms that share an address share an app."""
    made: dict[str, FastAPI] = {}
    for router, handlers in routers():
        addresses = sorted(set(prefixes(router)))
        shared = {id(made[address]): made[address] for address in addresses if address in made}
        if len(shared) > 1:
            raise ValueError(f"the rooms at {addresses} are spread over several apps")
        app = next(iter(shared.values()), None) or api("HanoiSmart", [])
        app.router.routes.extend(router.routes)
        for kind, handler in handlers.items():
            app.add_exception_handler(kind, handler)
        made |= dict.fromkeys(addresses, app)
    return list({id(app): app for app in made.values()}.values())


def dispatch(process: Process) -> ASGIApp:
    """The dispatcher over every room, and the gateway beside them."""
    table: dict[str, ASGIApp] = {address: app for app in apps() for address in prefixes(app)}
    return Dispatch(table | {GATEWAY: process.gateway})


def prefixes(routed: APIRouter | FastAPI) -> Iterable[str]:
    """The first fixed segments of every route, three at most. Raises TypeError for what hides its addresses (an included router)."""
    for route in routed.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{type(route).__name__} cannot be found by the dispatcher: extend `routes` with the router's own")
        fixed = route.path.split("{", 1)[0].strip("/").split("/")
        yield "/".join(fixed[:DEPTH])
