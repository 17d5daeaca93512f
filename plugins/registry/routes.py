"""The catalogue, an app's own page, what I opened, and the published schema and keys."""

from typing import Annotated

import orjson
from fastapi import Path, Query, Request, Response

from hanoismart.manifest.schema import schema_text
from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.paging import CursorInvalid, Paging
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.api import keys
from plugins.registry import catalogue, queries, serving
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.schemas import AppDetailOut, CatalogueOut, detail_out

router = Router(tags=["miniapps"])
_SCHEMA = schema_text().encode()
AppId = Annotated[str, Path(max_length=128)]


@router.get("/v1/miniapps", audience=Anyone(), response_model=ListOut[CatalogueOut], problems=[CursorInvalid])
async def list_miniapps(
    request: Request,
    page: Paging,
    q: Annotated[str | None, Query(max_length=100, description="words, with or without marks")] = None,
    category: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """The catalogue, by app id."""
    database, locale = request.scope["runtime"].database, catalogue_locale(request)
    newest = await catalogue.MARK.one(database)
    etag = f'"{newest["newest"] if newest else 0}-{locale}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    after, patterns = page.after([str]), catalogue.patterns(q)
    read = catalogue.read(catalogue.size_for(page.limit), locale, searched=bool(patterns), sorted_out=category is not None)
    rows = await read.all(database, after=after[0] if after else "", patterns=patterns, category=category)
    found = page.page(rows, lambda row: [row["app_id"]])
    return Response(catalogue.rendered(found.items, found.next), media_type="application/json", headers=headers)


def catalogue_locale(request: Request) -> str:
    """One of the two languages cards are written in."""
    return "en" if Text(vi="vi", en="en").in_(locale_of(request)) == "en" else "vi"


@router.get("/v1/miniapps/{app_id}", audience=Anyone(), response_model=AppDetailOut, problems=[AppNotFound, AppSuspended])
async def read_miniapp(app_id: AppId, request: Request, session: Session) -> AppDetailOut:
    """One app: what it is, what it asks and why."""
    app = await serving.served(session, app_id)
    interrupted = await queries.interrupted(session, app_id)
    return detail_out(app.manifest, locale_of(request), app.subject_id, interrupted=interrupted)


@router.get("/v1/schemas/miniapp/1.json", audience=Anyone(), response_class=Response)
async def read_manifest_schema() -> Response:
    """The JSON Schema of manifest.json."""
    return Response(_SCHEMA, media_type="application/schema+json", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/.well-known/hanoismart/miniapp-keys.json", audience=Anyone(), response_class=Response)
async def read_miniapp_keys(session: Session) -> Response:
    """The public keys of launch tokens, assertions and webhooks (RFC 7517)."""
    published = orjson.dumps(await keys.public_set(session, "miniapp"))
    return Response(published, media_type="application/jwk-set+json", headers={"Cache-Control": "public, max-age=600"})
