"""The web shell's page that runs a mini-app: `/miniapp/<app_id>[;version=<version>]/<page>` (W3C MiniApp Addressing)."""

from pathlib import Path
from urllib.parse import urlsplit

import orjson
from fastapi import Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.shell.hosting_words import WORDS
from hanoismart import assets
from hanoismart.scopes import SCOPES
from hanoismart.server.audience import Anyone
from hanoismart.server.errors import NotFound
from hanoismart.server.locale import locale_of
from hanoismart.server.routing import Router
from kernel.settings import settings
from plugins.api.pages import page_sources

HERE = Path(__file__).parent
router = Router(tags=["shell"])
_environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
SCRIPTS = ("session.js", "sheets.js", "consent.js", "handlers.js", "device.js", "money.js", "miniapp.js", "signed_in.js")
STYLES = ("miniapp.css",)
CACHED = {"Cache-Control": "no-cache"}


def _policy() -> str:
    """Scripts and calls are the shell's own; only mini-apps' pages may be framed, and the shell itself never."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self';"
        f" frame-src {page_sources()}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


def _page(request: Request, script: str) -> HTMLResponse:
    locale = locale_of(request)
    words: dict[str, object] = {name: text.in_(locale) for name, text in WORDS.items()}
    told = words | {"reveals": {name: scope.reveals.in_(locale) for name, scope in SCOPES.items()}}
    html = _environment.get_template("miniapp.html").render(locale=locale, words=words, told=orjson.dumps(told).decode(), script=script)
    secure = urlsplit(settings().public_url).scheme == "https"
    headers = {
        "Content-Security-Policy": _policy() + ("; upgrade-insecure-requests" if secure else ""),
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
    return HTMLResponse(html, headers=headers)


@router.get("/miniapp/{address:path}", audience=Anyone(), include_in_schema=False)
async def run_miniapp(request: Request) -> Response:
    """The host of one app; which, and which page of it, is read from the address by the page itself."""
    return _page(request, "miniapp.js")


@router.get("/shell/signed-in", audience=Anyone(), include_in_schema=False)
async def signed_in(request: Request) -> Response:
    """Where the sign-in page sends the shell's browser back to."""
    return _page(request, "signed_in.js")


@router.get("/shell/assets/{name}", audience=Anyone(), include_in_schema=False)
async def shell_asset(name: str) -> Response:
    if name in SCRIPTS:
        return FileResponse(HERE / "static" / name, media_type="text/javascript", headers=CACHED)
    if name in STYLES:
        return FileResponse(HERE / "static" / name, media_type="text/css", headers=CACHED)
    raise NotFound


@router.get("/assets/js/{name:path}", audience=Anyone(), include_in_schema=False)
async def javascript(name: str) -> Response:
    """The JavaScript SDK as it is published."""
    try:
        return Response(assets.javascript(name), media_type="text/javascript", headers=CACHED)
    except KeyError as unknown:
        raise NotFound from unknown
