"""What a host needs to run an app: its manifest and addresses, pages without an origin of their own, links as pictures, and the watch."""

import io
from typing import Annotated
from urllib.parse import quote

import segno
from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from hanoismart import pages
from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.errors import Unavailable
from hanoismart.server.routing import Router
from kernel.access import Caller
from kernel.http.address import address_of
from kernel.limits import TooMany, open_door
from plugins.pages import addresses
from plugins.pages.schemas import HostOut
from plugins.pages.serving import Pages
from plugins.pages.watching import Watched, Watches
from plugins.registry import serving
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId
from plugins.settings import settings

router = Router(tags=["miniapps"])
Code = Annotated[int, Path(ge=1, lt=2**31)]
Page = Annotated[str, Query(max_length=500, pattern=r"^[A-Za-z0-9_~./-]*$")]
SANDBOX = pages.SANDBOX


@router.get("/v1/miniapps/{app_id}/host", audience=Anyone(), response_model=HostOut, problems=[AppNotFound, AppSuspended])
async def read_host(app_id: AppId, request: Request, response: Response, session: Session) -> HostOut:
    """The version a host shows me, or anybody where I am not signed in: its manifest, where its pages stand, how to frame them."""
    caller: Caller | None = request.scope.get("caller")
    app = await serving.served(session, app_id, person_id=caller.person_id if caller is not None else None)
    unique = settings().page_origins == "unique"
    response.headers["Cache-Control"] = "no-store"
    return HostOut(
        app_id=app.app_id,
        version_code=app.version_code,
        manifest=app.manifest.model_dump(mode="json", exclude_none=True),
        page_base=addresses.page_base(app.app_id, app.version_code),
        frame_origin=addresses.frame_origin(app.app_id),
        sandbox=f"{SANDBOX} allow-same-origin" if unique else SANDBOX,
        link=addresses.link(app.app_id),
        icon=f"{addresses.opaque_base(app.app_id, app.version_code)}{quote(app.manifest.icons[0].src)}",
    )


@router.get("/v1/miniapps/{app_id}/link.svg", audience=Anyone(), response_class=Response, problems=[AppNotFound, AppSuspended])
async def draw_link(app_id: AppId, session: Session, page: Page = "") -> Response:
    """The link that opens the app, or a page of it, as a QR code."""
    app = await serving.served(session, app_id)
    drawn = io.BytesIO()
    segno.make_qr(addresses.link(app.app_id, page), error="m").save(drawn, kind="svg", scale=8, border=4)
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=3600"})


@router.get(
    "/v1/miniapps/{app_id}/watch",
    audience=Anyone(),
    response_class=StreamingResponse,
    response_model=None,
    dependencies=[Depends(open_door)],
    problems=[TooMany],
)
async def watch_miniapp(
    app_id: AppId, version: Annotated[int, Query(ge=1, lt=2**31)], request: Request, session: Session
) -> StreamingResponse:
    """Events `{running, reason, stopped}` about a version that is shown: within a second of a stop, `running` is false."""
    watches: Watches = request.scope["runtime"].parts["watches"]
    whose = address_of(request)
    if watches.full(whose):
        raise Unavailable
    caller: Caller | None = request.scope.get("caller")
    ward = None if caller is None or caller.person_id is None else await serving.ward_of(session, caller.person_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(watches.lines(Watched(app_id, version, ward), whose), media_type="text/event-stream", headers=headers)


@router.get("/v1/miniapps/{app_id}/pages/{code}/{path:path}", audience=Anyone(), response_class=Response, include_in_schema=False)
async def read_page(app_id: AppId, code: Code, path: str, request: Request) -> Response:
    """A file of a version in a sandbox without an origin."""
    served: Pages = request.scope["runtime"].parts["pages"]
    return await served.opaque(request, app_id, code, path)
