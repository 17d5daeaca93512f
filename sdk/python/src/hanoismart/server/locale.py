"""Which of the two languages a caller reads: Vietnamese unless English is preferred."""

from starlette.requests import HTTPConnection

LOCALES = ("vi", "en")


def locale_of(connection: HTTPConnection) -> str:
    """`vi` or `en` from Accept-Language (RFC 9110, section 12.5.4); anything unreadable counts as Vietnamese."""
    return negotiate(connection.headers.get("accept-language", ""))


def negotiate(header: str) -> str:
    best, weight = "vi", 0.0
    for part in header[:200].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.split("-")[0].lower()
        quality = _quality(parameters)
        if language in LOCALES and quality > weight:
            best, weight = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
