"""Renders a screen in the reader's language, with the headers a page needs."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from hanoismart.server.locale import LOCALES, locale_of
from identity.pages.recovery_words import RECOVERY_WORDS
from identity.pages.words import WORDS

HERE = Path(__file__).parent
STATIC = HERE / "static"
_environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self' {targets};"
    " frame-ancestors 'none'; base-uri 'none'"
)


def chosen_locale(request: Request, asked: str | None = None) -> str:
    """The language of a screen: what its reader switched to, else what the client asked for (`ui_locales`), else the browser's."""
    for tag in (request.query_params.get("ui_locales", ""), asked or ""):
        for one in tag.split():
            if one.split("-")[0].lower() in LOCALES:
                return one.split("-")[0].lower()
    return locale_of(request)


@lru_cache(maxsize=len(LOCALES))
def _words(locale: str) -> Mapping[str, str]:
    return {name: text.in_(locale) for name, text in (WORDS | RECOVERY_WORDS).items()}


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    locale: str | None = None,
    form_targets: str = "",
    switch: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """`form_targets`: origins a form of this page may end at through redirects (the client's redirect_uri).

    `switch`: the query that shows this page again in the other language; None where a page cannot be shown again.
    """
    locale = locale or chosen_locale(request)
    other = "en" if locale == "vi" else "vi"
    link = None if switch is None else f"{request.url.path}?{urlencode({**switch, 'ui_locales': other})}"
    html = _environment.get_template(template).render(locale=locale, other=other, switch=link, words=_words(locale), **values)
    headers = {
        "Content-Security-Policy": POLICY.format(targets=form_targets).replace(" ;", ";"),
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(html, status_code=status, headers=headers)
