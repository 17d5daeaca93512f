"""The page at `/`: what is running here, and where to go."""

from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.shell import openapi
from app.shell.words import WORDS
from hanoismart.server.audience import Anyone
from hanoismart.server.errors import NotFound
from hanoismart.server.locale import locale_of
from hanoismart.server.routing import Router
from kernel.settings import settings

HERE = Path(__file__).parent
router = Router(tags=["shell"])
_environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
ASSETS = {
    "shell.css": (HERE / "static", "text/css"),
    "icon.svg": (HERE / "static", "image/svg+xml"),
    "docs.js": (HERE / "static", "text/javascript"),
    "swagger-ui.css": (HERE / "vendor/swagger-ui", "text/css"),
    "swagger-ui-bundle.js": (HERE / "vendor/swagger-ui", "text/javascript"),
}
PAGE = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# Swagger UI writes style attributes and draws its icons from data URLs; scripts come from our own origin alone.
DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def _page(request: Request, template: str, policy: str) -> HTMLResponse:
    locale = locale_of(request)
    words = {name: text.in_(locale) for name, text in WORDS.items()}
    html = _environment.get_template(template).render(locale=locale, words=words, environment=settings().environment)
    return HTMLResponse(html, headers={"Content-Security-Policy": policy, "Vary": "Accept-Language"})


@router.get("/", audience=Anyone(), include_in_schema=False)
async def home(request: Request) -> Response:
    return _page(request, "home.html", PAGE)


@router.get("/docs", audience=Anyone(), include_in_schema=False)
async def docs(request: Request) -> Response:
    return _page(request, "docs.html", DOCS)


@router.get("/openapi.json", audience=Anyone(), include_in_schema=False)
async def openapi_document() -> Response:
    return Response(openapi.serialised(), media_type="application/json", headers={"Cache-Control": "public, max-age=300"})


@router.get("/favicon.ico", audience=Anyone(), include_in_schema=False)
async def icon() -> Response:
    """Browsers ask for it at this address beside every page, the sign-in screens included."""
    return _file("icon.svg")


@router.get("/assets/{name}", audience=Anyone(), include_in_schema=False)
async def asset(name: str) -> Response:
    if name not in ASSETS:
        raise NotFound
    return _file(name)


def _file(name: str) -> FileResponse:
    folder, media_type = ASSETS[name]
    return FileResponse(folder / name, media_type=media_type, headers={"Cache-Control": "public, max-age=3600"})
