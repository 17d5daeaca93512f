"""What a host is told of the app it shows."""

from typing import Any

from hanoismart.server.schemas import Out


class HostOut(Out):
    """`sandbox` is the frame's attribute; `frame_origin` the only origin whose messages count, `null` where pages have none."""

    app_id: str
    version_code: int
    manifest: dict[str, Any]
    page_base: str
    frame_origin: str
    sandbox: str
    link: str
    icon: str
