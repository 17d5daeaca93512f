"""Form bodies and queries of OAuth endpoints, read strictly: a parameter that stands twice is refused (RFC 6749, section 3.1)."""

from urllib.parse import parse_qsl

from fastapi import Request

from identity.oauth.errors import InvalidRequest

MAX_FIELDS = 60


async def form_of(request: Request) -> dict[str, str]:
    """The form of a POST. Raises InvalidRequest."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise InvalidRequest("the body is application/x-www-form-urlencoded")
    return _parsed((await request.body()).decode("utf-8", errors="replace"))


def query_of(request: Request) -> dict[str, str]:
    """The query of a GET. Raises InvalidRequest."""
    return _parsed(request.scope["query_string"].decode("utf-8", errors="replace"))


def _parsed(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InvalidRequest("there are too many parameters") from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise InvalidRequest("a parameter stands twice")
    if "\x00" in text or any("\x00" in value for value in values.values()):
        raise InvalidRequest("a parameter holds a NUL character")
    return {name: value for name, value in values.items() if value}
