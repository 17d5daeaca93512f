"""Sends a package in pieces (tus 1.0.0), so that a line that breaks costs one piece and not the whole."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import httpx

from hanoismart.cli.hubs import HubClient, HubRefused
from hanoismart.cli.terminal import CommandFailed
from hanoismart.text import Text

PIECE: Final = 1024 * 1024
PURPOSE: Final = "miniapp_package"
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_ATTEMPTS: Final = 5


def upload(hub: HubClient, content: bytes, progress: Callable[[int, int], None] = lambda _sent, _of: None) -> str:
    """The id of the finished upload; after a failure it goes on where the hub says it stands. Raises CommandFailed."""
    path = _created(hub, len(content))
    offset, failures = 0, 0
    while offset < len(content) or failures:
        try:
            offset = _sent(hub, path, content, offset)
            failures = 0
        except CommandFailed as failed:
            failures += 1
            final = isinstance(failed, HubRefused) and failed.status not in {409, 423, 460, 503}
            if final or failures == _ATTEMPTS:
                raise
            offset = _offset(hub, path)
        progress(offset, len(content))
    return path.rsplit("/", 1)[-1]


def _created(hub: HubClient, length: int) -> str:
    metadata = f"purpose {b64encode(PURPOSE.encode()).decode()}"
    response = hub.send("POST", "/v1/uploads", headers={**_TUS, "Upload-Length": str(length), "Upload-Metadata": metadata})
    if response.is_error:
        raise HubRefused(response.status_code, _json(response))
    return response.headers["location"]


def _sent(hub: HubClient, path: str, content: bytes, offset: int) -> int:
    piece = content[offset : offset + PIECE]
    headers = {
        **_TUS,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Upload-Checksum": f"sha256 {b64encode(sha256(piece).digest()).decode()}",
    }
    response = hub.send("PATCH", path, headers=headers, content=piece)
    if response.is_error:
        raise HubRefused(response.status_code, _json(response))
    return int(response.headers["upload-offset"])


def _offset(hub: HubClient, path: str) -> int:
    response = hub.send("HEAD", path, headers=_TUS)
    if response.is_error:
        raise CommandFailed(Text(vi="Không tải lên được", en="The upload was lost"))
    return int(response.headers["upload-offset"])


def _json(response: httpx.Response) -> dict[str, object]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
