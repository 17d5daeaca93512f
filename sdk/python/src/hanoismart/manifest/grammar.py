"""The small grammars inside a manifest: names, versions, paths, hosts and open routes."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_SEGMENT = r"([A-Za-z0-9_~-]|[A-Za-z0-9_~.-]*[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)"  # never `.` or `..`
_HOST = rf"({_LABEL}\.)+{_LABEL}"

APP_ID = rf"^{_LABEL}(\.{_LABEL})+$"
SEMANTIC_VERSION = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
ICON_SIZES = r"^([0-9]{1,4}x[0-9]{1,4}( [0-9]{1,4}x[0-9]{1,4})*|any)$"
PACKAGE_PATH = rf"^{_SEGMENT}(/{_SEGMENT})*$"
URL_PATH = rf"^(/{_SEGMENT})+$"
PUBLIC_ROUTE = rf"^(GET|HEAD|POST) (/|(/({_SEGMENT}|\{{[a-z][a-z0-9_]*\}}))+(/\*\*)?|/\*\*)$"
STALE_ROUTE = PUBLIC_ROUTE.replace("(GET|HEAD|POST)", "GET")
CSP_SOURCE = rf"^https://(\*\.)?{_HOST}(:[0-9]{{2,5}})?$"
CSP_CONNECT = rf"^(https|wss)://(\*\.)?{_HOST}(:[0-9]{{2,5}})?$"
TEMPLATE_NAME = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"
PARAMETER = r"^[a-z][a-z0-9_]*$"
AGENCY_CODE = r"^[A-Z0-9]{1,5}(\.[A-Z0-9]{1,5})*$"
EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}$"
PHONE = r"^\+?[0-9][0-9 .-]{2,19}$"
HTTPS = r"^https://[!-~]+$"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_INWARD_NAMES = ("localhost", "local", "internal", "lan", "home", "intranet", "localdomain")


def https_url(value: str) -> str:
    """The value itself if it is an https address on a public-looking DNS name; raises ValueError otherwise.

    What the name resolves to is another question, asked at every call.
    """
    if re.fullmatch(HTTPS, value) is None or "\\" in value:
        raise ValueError("an https address in ASCII")
    parts = urlsplit(value)
    if parts.username is not None or parts.password is not None or parts.fragment or "#" in value:
        raise ValueError("an address without user, password and fragment")
    if not is_public_host(parts):
        raise ValueError("a DNS name")
    return value


def base_url(value: str) -> str:
    """An https address that paths can be appended to; raises ValueError otherwise."""
    if "?" in https_url(value) or value.endswith("/"):
        raise ValueError("an address without query and without a slash at its end")
    if re.fullmatch(rf"(/{_SEGMENT})*", urlsplit(value).path) is None:
        raise ValueError("an address with a plain path")
    return value


def is_public_host(parts: SplitResult) -> bool:
    """Whether the host is a DNS name of at least two labels, no IP address and no name reserved for inner networks."""
    host = parts.hostname or ""
    if parts.port is not None and not 1 <= parts.port <= 65_535:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rsplit(".", 1)[-1]
        return re.fullmatch(_HOST, host) is not None and last not in _INWARD_NAMES and not last.isdigit()
    return False


def placeholders(text: str) -> frozenset[str]:
    """The names in braces in a template's text."""
    return frozenset(_PLACEHOLDER.findall(text))
