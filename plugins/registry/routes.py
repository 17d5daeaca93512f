"""The catalogue, an app's own page, what I opened, and the published schema and keys."""

from typing import Annotated, Any

import orjson
from fastapi import Path, Query, Request, Response

from hanoismart.manifest.schema import schema_text
from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.api import keys
from plugins.ratings.figures import shown
from plugins.registry import queries, serving
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.schemas import AppDetailOut, CatalogueOut, catalogue_out, detail_out

router = Router(tags=["miniapps"])
_SCHEMA = schema_text().encode()
AppId = Annotated[str, Path(max_length=128)]


@router.get("/v1/miniapps", audience=Anyone(), response_model=ListOut[CatalogueOut])
async def list_miniapps(
    request: Request,
    response: Response,
    session: Session,
    page: Paging,
    q: Annotated[str | None, Query(max_length=100, description="words, with or without marks")] = None,
    category: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[CatalogueOut] | Response:
    """The catalogue, by app id."""
    locale = locale_of(request)
    etag = await queries.catalogue_etag(session, locale)
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    found = await paginate(session, queries.catalogue(q, category), [MiniApp.app_id], page, newest_first=False)
    response.headers.update({"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Language"})
    return Page([_listed(row, locale) for row in found.items], found.next)


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


def _listed(row: Any, locale: str) -> CatalogueOut:
    rating = shown(row.rating_count, row.rating_sum)
    return catalogue_out(manifest_of(row.manifest), locale, interrupted=row.interrupted, rating=rating, ratings=row.rating_count)
