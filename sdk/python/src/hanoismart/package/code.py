"""Reads pages and scripts as a browser under the app's content policy would, and names what will be blocked, by file and line."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

from hanoismart.manifest import Manifest
from hanoismart.manifest.rules import Finding
from hanoismart.package.rules import finding

_EVAL = re.compile(r"(?<![\w.$])eval\s*\(|new\s+Function\s*\(")
_HOST = re.compile(
    r"""(?:fetch|WebSocket|EventSource|XMLHttpRequest[^;]{0,80}open)\s*\(\s*(?:["'`]\w+["'`]\s*,\s*)?["'`]((?:https|wss)://[^"'`\s/?#]+)"""
)
_IMPORT = re.compile(r"""(?:import|from)\s*\(?\s*["'`](https?://[^"'`\s]+)""")
_MAX_SCRIPT = 2 * 1024 * 1024


def judge(manifest: Manifest, files: Mapping[str, bytes]) -> list[Finding]:
    """Findings in HTML and JavaScript, in the files' order."""
    found: list[Finding] = []
    for name in sorted(files):
        if name.endswith((".html", ".htm")):
            page = _Page(name, manifest)
            page.feed(files[name].decode("utf-8", "replace"))
            found += page.found
        elif name.endswith((".js", ".mjs")) and len(files[name]) <= _MAX_SCRIPT:
            found += _script(name, files[name].decode("utf-8", "replace"), manifest)
    return found[:100]


def allowed(sources: list[str], host: str) -> bool:
    """Whether a CSP source list lets `scheme://host[:port]` through; `https://*.example.vn` covers one label or more."""
    wanted = urlsplit(host)
    for source in sources:
        given = urlsplit(source.replace("*.", "", 1))
        name, star = given.hostname or "", "*." in source
        same_host = (wanted.hostname or "").endswith(f".{name}") if star else wanted.hostname == name
        if same_host and wanted.scheme == given.scheme and wanted.port == given.port:
            return True
    return False


def _script(name: str, text: str, manifest: Manifest) -> Iterator[Finding]:
    for match in _EVAL.finditer(text):
        yield finding("HS2104", file=name, line=_line(text, match.start()))
    for match in _IMPORT.finditer(text):
        yield finding("HS2103", file=name, line=_line(text, match.start()))
    for match in _HOST.finditer(text):
        if not allowed(manifest.hs.csp.connect, match[1]):
            yield finding("HS2105", file=name, line=_line(text, match.start()), host=match[1], member="connect")


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


class _Page(HTMLParser):
    """One page."""

    def __init__(self, name: str, manifest: Manifest) -> None:
        super().__init__()
        self.found: list[Finding] = []
        self._name = name
        self._images = manifest.hs.csp.img
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if any(name.startswith("on") for name in given):
            self._say("HS2102")
        if any(value.strip().lower().startswith("javascript:") for value in given.values()):
            self._say("HS2106")
        if tag == "script":
            self._in_script = "src" not in given and given.get("type", "") not in {"application/json", "importmap"}
            if _foreign(given.get("src", "")):
                self._say("HS2103")
        if tag == "link" and "stylesheet" in given.get("rel", "") and _foreign(given.get("href", "")):
            self._say("HS2103")
        source = given.get("src", "")
        if tag == "img" and source.startswith("https://") and not allowed(self._images, source):
            parts = urlsplit(source)
            self._say("HS2105", host=f"{parts.scheme}://{parts.netloc}", member="img")

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self._say("HS2101")
            self._in_script = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False

    def _say(self, rule: str, **values: str) -> None:
        self.found.append(finding(rule, file=self._name, line=self.getpos()[0], **values))


def _foreign(address: str) -> bool:
    return address.startswith(("http://", "https://", "//"))
