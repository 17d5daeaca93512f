"""Renders a screen in the reader's language, with the headers a page needs."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from hanoismart.server.locale import locale_of
from identity.pages.words import WORDS

HERE = Path(__file__).parent
STATIC = HERE / "static"
_environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self' {targets};"
    " frame-ancestors 'none'; base-uri 'none'"
)


def page(request: Request, template: str, *, status: int = 200, form_targets: str = "", **values: Any) -> HTMLResponse:
    """`form_targets`: origins a form of this page may end at through redirects (the client's redirect_uri)."""
    locale = locale_of(request)
    words = {name: text.in_(locale) for name, text in WORDS.items()}
    html = _environment.get_template(template).render(locale=locale, words=words, **values)
    headers = {
        "Content-Security-Policy": POLICY.format(targets=form_targets).replace(" ;", ";"),
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
    return HTMLResponse(html, status_code=status, headers=headers)
