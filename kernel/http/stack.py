"""The middlewares of the hub in their order, from the socket inwards."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from hanoismart.server.middleware.body_limit import BodyLimit
from hanoismart.server.middleware.provide import Provide
from hanoismart.server.middleware.request_id import RequestId
from hanoismart.server.middleware.security_headers import SecurityHeaders
from hanoismart.server.runtime import Runtime
from kernel.http.authenticate import Authenticate, Authenticator
from kernel.telemetry import Telemetry


def stack(
    app: ASGIApp,
    runtime: Runtime,
    authenticator: Authenticator,
    *,
    https: bool = False,
    trusted_proxy: bool = False,
    larger_bodies: Mapping[str, int] | None = None,
) -> ASGIApp:
    """`app` behind request ids, telemetry, security headers, body limits, the runtime and authentication."""
    inner = Provide(Authenticate(app, authenticator), runtime)
    limited = BodyLimit(inner, larger=larger_bodies)
    secured = SecurityHeaders(limited, https=https)
    return RequestId(Telemetry(secured), trusted=trusted_proxy)
