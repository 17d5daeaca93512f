"""What the OAuth endpoints say of themselves in the OpenAPI document: forms in, pages and RFC 6749 errors out."""

from typing import Any, Final

from hanoismart.server.errors import MEDIA_TYPE
from hanoismart.server.schemas import Out


class OAuthErrorOut(Out):
    error: str
    error_description: str | None = None


_TEXT: Final = {"schema": {"type": "string"}}
_PROBLEM: Final = {"schema": {"$ref": "#/components/schemas/ProblemBody"}}


def _refusal(description: str, **more: Any) -> dict[str, Any]:
    return {"model": OAuthErrorOut, "description": description, "content": {MEDIA_TYPE: _PROBLEM} | more}


ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    400: _refusal("an error of RFC 6749, 9126, 8707 or 9449"),
    401: _refusal("invalid_client"),
}
PAGES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "a page for the person", "content": {"text/html": _TEXT}},
    303: {"description": "back to the client, or on"},
    400: _refusal("a page that says what is wrong with the request", **{"text/html": _TEXT}),
    403: {"description": "the page again: what was given was not accepted", "content": {"text/html": _TEXT}},
    429: _refusal("too many attempts, as a page where one was asked for", **{"text/html": _TEXT}),
    503: _refusal("too busy, as a page where one was asked for", **{"text/html": _TEXT}),
}


def form(*fields: str) -> dict[str, Any]:
    """The body of a POST: these parameters, and what else its specification knows."""
    properties = {name: {"type": "string"} for name in fields}
    schema = {"type": "object", "properties": properties, "additionalProperties": {"type": "string"}}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}
