"""The middlewares of the hub in their order, from the socket inwards."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from hanoismart.server.middleware.body_limit import BodyLimit
from hanoismart.server.runtime import Runtime
from kernel.http.authenticate import Authenticate, Authenticator
from kernel.http.envelope import Envelope
from kernel.telemetry import Observer


def stack(
    app: ASGIApp,
    runtime: Runtime,
    authenticator: Authenticator,
    *,
    https: bool = False,
    trusted_proxy: bool = False,
    larger_bodies: Mapping[str, int] | None = None,
    log_format: str | None = None,
) -> ASGIApp:
    """`app` behind the envelope (id, headers, telemetry), the body limit, authentication and the runtime."""
    inner = Authenticate(app, authenticator, runtime)
    return Envelope(BodyLimit(inner, larger=larger_bodies), Observer(log_format), https=https, trusted=trusted_proxy)
