"""Every route of the house, one small app per room, found by a dict on the first segments of the path."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

import identity.routers
from app import probes
from app.composition import Process
from app.shell import routes as shell
from hanoismart.server.service import api
from kernel.http import Dispatch

DEPTH = 3
PACKAGES: tuple[Any, ...] = (identity.routers,)


def routers() -> list[tuple[APIRouter, Mapping[Any, Any]]]:
    """Every router with the exception handlers of its package."""
    found = [(router, getattr(package, "HANDLERS", {})) for package in PACKAGES for router in package.ROUTERS]
    return [*found, (probes.router, {}), (shell.router, {})]


def apps() -> list[FastAPI]:
    """One FastAPI app per room."""
    made = []
    for router, handlers in routers():
        app = api("HanoiSmart", [router])
        for kind, handler in handlers.items():
            app.add_exception_handler(kind, handler)
        made.append(app)
    return made


def dispatch(_process: Process) -> ASGIApp:
    """The dispatcher over every room. Raises ValueError when two rooms claim one address."""
    table: dict[str, FastAPI] = {}
    made = apps()
    for app in made:
        for prefix in _prefixes(app):
            if table.setdefault(prefix, app) is not app:
                raise ValueError(f"two rooms answer /{prefix}")
    return Dispatch(table)


def _prefixes(app: FastAPI) -> Iterable[str]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            fixed = route.path.split("{", 1)[0].strip("/").split("/")
            yield "/".join(fixed[:DEPTH])
