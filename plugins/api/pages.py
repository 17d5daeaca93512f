"""Where mini-apps' pages come from, for the policy of a page that frames them."""

from urllib.parse import urlsplit

from kernel.settings import settings as kernel_settings
from plugins.pages.addresses import hub_origin
from plugins.settings import settings


def page_sources() -> str:
    """The sources of a Content-Security-Policy that every app's pages lie under, and nobody else's."""
    if settings().page_origins == "opaque":
        return f"{hub_origin()}/v1/miniapps/"
    parts = urlsplit(kernel_settings().public_url)
    return f"{parts.scheme}://*.{settings().page_host}" + (f":{parts.port}" if parts.port is not None else "")
