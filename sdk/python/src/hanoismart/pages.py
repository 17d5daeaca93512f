"""How the pages of a mini-app are served: the policy their manifest allows, the kinds of file, and which file a page is.

Hub and emulator call the same functions, so that what is blocked on the phone is blocked on the developer's machine.
"""

from collections.abc import Collection
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from hanoismart.manifest import Manifest
from hanoismart.scopes import PERMISSIONS

SANDBOX: Final = "allow-scripts allow-forms"  # of every frame; `allow-same-origin` joins it only where the origin is the app's own
HEIGHTENED: Final = ("camera", "geolocation", "microphone")  # what a permission of ours can open
NEVER: Final = (
    "accelerometer", "autoplay", "browsing-topics", "display-capture", "encrypted-media", "fullscreen", "gamepad",
    "gyroscope", "hid", "identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "midi", "otp-credentials",
    "payment", "picture-in-picture", "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial",
    "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
_TYPES: Final = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".mjs": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".json": "application/json; charset=utf-8",
        ".map": "application/json; charset=utf-8",
        ".geojson": "application/geo+json; charset=utf-8",
        ".webmanifest": "application/manifest+json; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
        ".csv": "text/csv; charset=utf-8",
        ".wasm": "application/wasm",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".gif": "image/gif",
        ".webp": "image/webp",
        ".avif": "image/avif",
        ".ico": "image/x-icon",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
        ".ttf": "font/ttf",
        ".otf": "font/otf",
        ".mp3": "audio/mpeg",
        ".ogg": "audio/ogg",
        ".wav": "audio/wav",
        ".mp4": "video/mp4",
        ".webm": "video/webm",
        ".pbf": "application/x-protobuf",
    }
)


def media_type(path: str) -> str | None:
    """The type a file is served as, by its name alone; None where files of this kind are never served."""
    return _TYPES.get(PurePosixPath(path).suffix.lower())


def resolve(paths: Collection[str], page: str) -> str | None:
    """The package's file behind a page route (`p`, `p.html`, `p/index.html`, in this order); None where there is none.

    An empty page is the package's `index.html`. Query and fragment do not belong to a page.
    """
    name = page.strip("/")
    candidates = (name, f"{name}.html", f"{name}/index.html") if name else ("index.html",)
    return next((one for one in candidates if one in paths and media_type(one) is not None), None)


def caching(path: str) -> str:
    """The Cache-Control of a file under its version's address: only documents are asked for again, so that a kill reaches them."""
    return "no-cache" if (media_type(path) or "").startswith("text/html") else "public, max-age=31536000, immutable"


def headers(
    manifest: Manifest,
    *,
    host_origin: str,
    gateway_origin: str,
    granted: frozenset[str],
    opaque: bool = False,
    base: str | None = None,
) -> dict[str, str]:
    """The security headers of every file of a version.

    `granted` are the device permissions the page may use at most; the frame's `allow` narrows them to what the person gave. `opaque`:
    the pages have no origin of their own, and `base` is the address under which their files stand (it is their `'self'`).
    """
    allowed = {PERMISSIONS[name].feature for name in granted & manifest.permission_names if name in PERMISSIONS}
    every = [*(f"{name}=()" for name in NEVER), *(f"{name}=({'self' if name in allowed and not opaque else ''})" for name in HEIGHTENED)]
    told = {
        "Content-Security-Policy": policy(manifest, host_origin=host_origin, gateway_origin=gateway_origin, opaque=opaque, base=base),
        "Permissions-Policy": ", ".join(sorted(every)),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin" if opaque else "same-origin",
        "Origin-Agent-Cluster": "?1",
    }
    # An opaque origin is a stranger to its own files: scripts and fonts come by CORS, without credentials.
    return told | ({"Access-Control-Allow-Origin": "*"} if opaque else {})


def policy(manifest: Manifest, *, host_origin: str, gateway_origin: str, opaque: bool = False, base: str | None = None) -> str:
    """The Content-Security-Policy of a version: its own files, the hosts its manifest names, its own part of the gateway.

    Scripts come from files alone, never from the document. Style in the document is let in, as frameworks write it; what it could
    reach is bounded by the same list of hosts.
    """
    own, csp = base if opaque and base else "'self'", manifest.hs.csp
    gateway = f"{gateway_origin}/v1/gw/{manifest.app_id}/"
    directives = {
        "default-src": "'none'",
        "script-src": own,
        "worker-src": own,
        "style-src": f"{own} 'unsafe-inline'",
        "img-src": " ".join([own, "data:", "blob:", *csp.img]),
        "font-src": " ".join([own, "data:", *csp.font]),
        "media-src": f"{own} blob:",
        "connect-src": " ".join([own, gateway, *csp.connect]),
        "manifest-src": own,
        "form-action": own,
        "base-uri": own,
        "frame-ancestors": host_origin,
    }
    told = [f"{name} {sources}" for name, sources in directives.items()]
    return "; ".join([*told, f"sandbox {SANDBOX}"] if opaque else told)
