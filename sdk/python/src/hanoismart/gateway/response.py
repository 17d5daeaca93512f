"""What a backend may answer: only harmless types, only so much, and no headers that touch the host."""

from dataclasses import dataclass
from typing import Final

from hanoismart.gateway import headers, refusals
from hanoismart.gateway.request import Answer, Headers, Refusal

# Nothing a browser would run: the answer is served from the hub's origin.
CONTENT_TYPES: Final = frozenset(
    {
        "application/json", "application/problem+json", "application/geo+json", "application/pdf", "application/octet-stream",
        "application/x-protobuf", "application/vnd.mapbox-vector-tile", "text/plain", "text/csv", "text/calendar", "image/png",
        "image/jpeg", "image/webp", "image/gif", "audio/mpeg",
    }
)  # fmt: skip
EVENT_STREAM: Final = "text/event-stream"
HELD: Final = 256 * 1024
"""Bytes of an answer that are held before it is passed on as it comes."""
_TOLD_APART_BY: Final = frozenset({"", "accept", "accept-language", "accept-encoding", "origin", "hs-assertion", "authorization"})
_EMPTY: Final = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class ResponsePolicy:
    """`max_bytes` bounds a collected body; `content_types` are compared without parameters.

    Where `streams`, event streams are passed on as they come, and so is what is larger than `HELD` when `stream_bytes`, the most a
    stream may bring, allows more than `max_bytes`.
    """

    max_bytes: int = 4 * 1024 * 1024
    content_types: frozenset[str] = CONTENT_TYPES
    streams: bool = False
    stream_bytes: int = 0

    @property
    def most(self) -> int:
        """The most bytes of any answer but an event stream's."""
        return max(self.max_bytes, self.stream_bytes) if self.streams else self.max_bytes

    def passes_on(self, content_type: str, held: int) -> bool:
        """Whether the rest of an answer is passed on as it comes, `held` bytes of it having come."""
        return self.streams and (media_type(content_type) == EVENT_STREAM or (self.stream_bytes > self.max_bytes and held > HELD))


DEFAULT: Final = ResponsePolicy()


def judge(answer: Answer, policy: ResponsePolicy = DEFAULT) -> Answer | Refusal:
    """The answer as the page may see it, or why it may not."""
    status, stream = answer.status, answer.stream
    if not 200 <= status <= 599:
        return refusals.ANSWER_INVALID
    if len(answer.body) > policy.most:
        return refusals.ANSWER_TOO_LARGE
    try:
        kept = headers.to_guest(answer.headers)
    except headers.HeaderRefused:
        return refusals.ANSWER_INVALID
    empty = status in _EMPTY
    if (answer.body or stream) and not empty:
        kind = media_type(headers.value_of(kept, "content-type") or "")
        if kind not in policy.content_types and not (policy.streams and kind == EVENT_STREAM):
            return refusals.ANSWER_TYPE_REFUSED
    if stream is not None:
        kept = (*(pair for pair in kept if pair[0] != "cache-control"), ("cache-control", "no-store"), ("x-accel-buffering", "no"))
    return Answer(
        status=status,
        headers=kept,
        body=b"" if empty else answer.body,
        stream=stream,
        storable=_storable(answer.headers),
    )


def _storable(answer_headers: Headers) -> bool:
    """Not where the backend forbids it, nor where the answer hangs on more than what callers are told apart by (RFC 9111, section 4.1)."""
    told = [(name.lower(), value.lower()) for name, value in answer_headers]
    if any(name == "cache-control" and "no-store" in value for name, value in told):
        return False
    varying = {one.strip() for name, value in told if name == "vary" for one in value.split(",")}
    return varying <= _TOLD_APART_BY


def declared_too_large(answer_headers: tuple[tuple[str, str], ...], policy: ResponsePolicy = DEFAULT) -> bool:
    """Whether the declared length alone is reason to stop reading; a false declaration is caught while counting."""
    length = headers.value_of(answer_headers, "content-length")
    return length is not None and length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > policy.most)


def media_type(header: str) -> str:
    """A Content-Type without its parameters, in lower case."""
    return header.split(";", 1)[0].strip().lower()
