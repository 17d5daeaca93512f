"""Where a version's pages stand, for the host that opens them."""

from urllib.parse import quote, urlsplit

from hanoismart import origins
from kernel.settings import settings as kernel_settings
from plugins.settings import settings


def hub_origin() -> str:
    """The origin of the hub and its web shell, the only parent a page may have."""
    parts = urlsplit(kernel_settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def page_origin(app_id: str) -> str:
    """The app's own origin, with the hub's scheme and port."""
    parts = urlsplit(kernel_settings().public_url)
    host = settings().page_host if parts.port is None else f"{settings().page_host}:{parts.port}"
    return origins.origin(app_id, host, scheme=parts.scheme)


def opaque_base(app_id: str, code: int) -> str:
    """Where the same files stand without an origin of their own."""
    return f"{hub_origin()}/v1/miniapps/{quote(app_id, safe='')}/pages/{code}/"


def page_base(app_id: str, code: int) -> str:
    """The address under which a version's files stand here, ending in `/`."""
    return opaque_base(app_id, code) if settings().page_origins == "opaque" else f"{page_origin(app_id)}/v/{code}/"


def frame_origin(app_id: str) -> str:
    """What a host compares a message's origin with; `null` where pages have none."""
    return "null" if settings().page_origins == "opaque" else page_origin(app_id)


def link(app_id: str, page: str = "") -> str:
    """The address that opens an app, or a page of it (W3C MiniApp Addressing)."""
    return f"{hub_origin()}/miniapp/{quote(app_id, safe='')}" + (f"/{quote(page.strip('/'))}" if page.strip("/") else "")
