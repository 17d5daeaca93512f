"""What a backend may answer: only harmless types, only so much, and no headers that touch the host."""

from dataclasses import dataclass
from typing import Final

from hanoismart.gateway import headers, refusals
from hanoismart.gateway.request import Answer, Refusal

# Nothing a browser would run: the answer is served from the hub's origin.
CONTENT_TYPES: Final = frozenset(
    {
        "application/json", "application/problem+json", "application/geo+json", "application/pdf", "application/octet-stream",
        "application/x-protobuf", "application/vnd.mapbox-vector-tile", "text/plain", "text/csv", "text/calendar", "image/png",
        "image/jpeg", "image/webp", "image/gif", "audio/mpeg",
    }
)  # fmt: skip
_EMPTY: Final = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class ResponsePolicy:
    """`max_bytes` bounds the body; `content_types` are compared without parameters."""

    max_bytes: int = 4 * 1024 * 1024
    content_types: frozenset[str] = CONTENT_TYPES


DEFAULT: Final = ResponsePolicy()


def judge(answer: Answer, policy: ResponsePolicy = DEFAULT) -> Answer | Refusal:
    """The answer as the page may see it, or why it may not."""
    if not 200 <= answer.status <= 599:
        return refusals.ANSWER_INVALID
    if len(answer.body) > policy.max_bytes:
        return refusals.ANSWER_TOO_LARGE
    if answer.body and answer.status not in _EMPTY and _type(answer) not in policy.content_types:
        return refusals.ANSWER_TYPE_REFUSED
    try:
        kept = headers.to_guest(answer.headers)
    except headers.HeaderRefused:
        return refusals.ANSWER_INVALID
    return Answer(status=answer.status, headers=kept, body=b"" if answer.status in _EMPTY else answer.body)


def declared_too_large(answer_headers: tuple[tuple[str, str], ...], policy: ResponsePolicy = DEFAULT) -> bool:
    """Whether the declared length alone is reason to stop reading; a false declaration is caught while counting."""
    length = headers.value_of(answer_headers, "content-length")
    return length is not None and length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > policy.max_bytes)


def _type(answer: Answer) -> str:
    return (headers.value_of(answer.headers, "content-type") or "").split(";", 1)[0].strip().lower()
