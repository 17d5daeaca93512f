"""Where a browser's subscription may point: push services only, so that nobody makes this server call an address of theirs."""

from urllib.parse import urlsplit

from hanoismart.problems import Problem
from hanoismart.text import Text
from notifications.settings import settings


class EndpointRefused(Problem):
    code = "notifications.endpoint_refused"
    status = 422
    title = Text(vi="Địa chỉ thông báo không thuộc dịch vụ được phép", en="The push endpoint is not one of an allowed push service")


def check_endpoint(endpoint: str) -> None:
    """Raises EndpointRefused unless the endpoint is https on the default port of an allow-listed host, without user or fragment."""
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise EndpointRefused from error
    if parts.scheme == "http" and parts.netloc in _list(settings().web_push_insecure_hosts):
        return
    plain = parts.scheme == "https" and port in {None, 443} and parts.username is None and not parts.fragment
    if not plain or not any(_matches(host, pattern) for pattern in _list(settings().web_push_hosts)):
        raise EndpointRefused


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
