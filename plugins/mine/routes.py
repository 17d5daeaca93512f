"""My apps: opened, favourite, what each may do, and taking one away."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request

from hanoismart.scopes import PERMISSIONS, SCOPES
from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, ListOut, Out
from kernel.access import CallerDep, Person
from plugins.launch.asking import ConsentNotAsked
from plugins.mine import service
from plugins.registry import queries
from plugins.registry.live import LiveApp, manifest_of
from plugins.registry.models import MiniApp, OpenedApp
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId
from plugins.registry.schemas import AppOut, app_out
from plugins.storage import service as storage

router = Router(tags=["miniapps"])


class MyAppOut(AppOut):
    favourite: bool
    last_opened_at: datetime


class GrantOut(Out):
    """A scope the app asks for: what it opens, the purpose word for word, and what I said."""

    scope: str
    reveals: str
    purpose: str
    optional: bool
    state: Literal["agreed", "declined", "unanswered"]


class DeviceOut(Out):
    """An ability of the device the app may ask the host for; the host keeps what was answered."""

    name: str
    reveals: str
    purpose: str


class MyAppDetailOut(MyAppOut):
    scopes: list[GrantOut]
    permissions: list[DeviceOut]
    stored_bytes: int
    first_opened_at: datetime | None


class FavouriteIn(In):
    favourite: bool


class RemovedOut(Out):
    """`erasure_id`: the app was told to erase what it holds, and has until `due_at` to say so."""

    erasure_id: UUID | None
    due_at: datetime | None


@router.get("/v1/me/miniapps", audience=Person(), response_model=ListOut[MyAppOut])
async def list_my_miniapps(
    request: Request,
    session: Session,
    caller: CallerDep,
    page: Paging,
    favourites: Annotated[bool, Query(description="only those I marked")] = False,  # noqa: FBT002 (a query parameter)
) -> Page[MyAppOut]:
    """The apps I opened, the last one first."""
    found = await paginate(session, queries.opened(caller.person, favourites=favourites), [OpenedApp.last_opened_at, MiniApp.app_id], page)
    locale = locale_of(request)
    return Page(
        [
            MyAppOut(**_app(row.manifest, locale, row.interrupted), favourite=row.favourite, last_opened_at=row.last_opened_at)
            for row in found.items
        ],
        found.next,
    )


@router.get("/v1/me/miniapps/{app_id}", audience=Person(), response_model=MyAppDetailOut, problems=[AppNotFound, AppSuspended])
async def read_my_miniapp(app_id: AppId, request: Request, session: Session, caller: CallerDep) -> MyAppDetailOut:
    """What an app may do for me and know of me."""
    row = await service.opened(session, app_id, caller.person)
    app, locale = await service.running(session, app_id, caller.person), locale_of(request)
    held = await storage.info(session, app_id, caller.person)
    return MyAppDetailOut(
        **app_out(app.manifest, locale, interrupted=await queries.interrupted(session, app_id)).model_dump(),
        favourite=row.favourite,
        last_opened_at=row.last_opened_at,
        first_opened_at=row.first_opened_at,
        scopes=_grants(app, await service.agreed(session, app, caller.person), row.declined, locale),
        permissions=_devices(app, locale),
        stored_bytes=held.size,
    )


@router.put("/v1/me/miniapps/{app_id}/favourite", audience=Person(), status_code=204, problems=[AppNotFound])
async def mark_favourite(app_id: AppId, body: FavouriteIn, session: Session, caller: CallerDep) -> None:
    """Keep an app among my favourites, or no longer."""
    await service.mark(session, app_id, caller.person, favourite=body.favourite)


@router.delete("/v1/me/miniapps/{app_id}/scopes/{scope}", audience=Person(), status_code=204, problems=[AppNotFound, ConsentNotAsked])
async def withdraw_scope(app_id: AppId, scope: str, session: Session, caller: CallerDep) -> None:
    """Take one yes back; the app hears of it, and is asked for again at the next opening where it cannot do without."""
    await service.withdraw(session, app_id, caller.person, [scope])


@router.delete("/v1/me/miniapps/{app_id}", audience=Person(), response_model=RemovedOut, problems=[AppNotFound])
async def remove_my_miniapp(app_id: AppId, session: Session, caller: CallerDep) -> RemovedOut:
    """Take an app away with everything it holds of me."""
    duty = await service.remove(session, app_id, caller.person)
    return RemovedOut(erasure_id=duty.id if duty else None, due_at=duty.due_at if duty else None)


def _app(document: dict[str, Any], locale: str, interrupted: bool) -> dict[str, Any]:  # noqa: FBT001 (a column's value)
    return app_out(manifest_of(document), locale, interrupted=interrupted).model_dump()


def _grants(app: LiveApp, agreed: frozenset[str], declined: dict[str, str], locale: str) -> list[GrantOut]:
    told = app.manifest.localised(locale)
    return [
        GrantOut(
            scope=one.scope,
            reveals=SCOPES[one.scope].reveals.in_(locale),
            purpose=told.purposes[one.scope],
            optional=one.optional,
            state="agreed" if one.scope in agreed else "declined" if one.scope in declined else "unanswered",
        )
        for one in app.manifest.hs.scopes
    ]


def _devices(app: LiveApp, locale: str) -> list[DeviceOut]:
    told = app.manifest.localised(locale)
    return [
        DeviceOut(name=one.name, reveals=PERMISSIONS[one.name].reveals.in_(locale), purpose=told.reasons[one.name])
        for one in app.manifest.req_permissions
    ]
