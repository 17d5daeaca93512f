"""What enters the gateway and what leaves it, as values without any framework."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from hanoismart.text import Text
from hanoismart.tokens import Grant

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest:
    """One call of a mini-app's page to its backend.

    `path` is what follows `/v1/gw/{app_id}`, still percent-encoded. `body_size` is in bytes, None while it is not known. `origin` names
    the network the call came from (an address or its hash) and serves only the quota of public routes.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body_size: int | None = 0
    origin: str = ""
    host: str = "localhost"
    scheme: str = "https"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a call goes no further: an RFC 9457 problem with a stable code. `extra` members are published as they are."""

    status: int
    code: str
    title: Text
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """What to send to the backend; `grant` is still to be signed into `HS-Assertion`. Timeouts in seconds, sizes in bytes.

    `route` is the pattern the call falls under, for what is kept per route.
    """

    method: str
    path: str
    query: str
    headers: Headers
    grant: Grant
    timeout: float
    max_body: int
    public: bool
    route: str = ""
    answer_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A backend's answer: `body` where it was collected, else `stream`, which must be read to its end or closed (`aclose`).

    A stream that breaks off raises CallFailed: the head has left by then, so that the connection is cut. `storable`: the backend does not
    forbid to keep the answer (Cache-Control: no-store).
    """

    status: int
    headers: Headers
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    storable: bool = True
