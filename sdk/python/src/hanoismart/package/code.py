"""Reads pages and scripts as a browser under the app's content policy would, and names what will be blocked, by file and line."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from html.parser import HTMLParser
from itertools import islice
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

from hanoismart.manifest import Manifest
from hanoismart.manifest.rules import Finding
from hanoismart.package.rules import WARNINGS, finding

_EVAL = re.compile(r"(?<![\w.$])eval\s*\(|new\s+Function\s*\(")
_HOST = re.compile(
    r"""(?:fetch|WebSocket|EventSource|XMLHttpRequest[^;]{0,80}open)\s*\(\s*(?:["'`]\w+["'`]\s*,\s*)?["'`]((?:https|wss)://[^"'`\s/?#]+)"""
)
# Each run of blanks is bounded and can be matched in one way only: what a stranger wrote must not take a processor's hours.
_IMPORT = re.compile(r"""(?:import|from)\s{0,99}(?:\(\s{0,99})?["'`](https?://[^"'`\s]{1,2000})""")
_OWN = re.compile(r"""\b(?:import|from)\s{0,9}(?:\(\s{0,9})?["'](\.{1,2}/[^"'\s]{1,200})["']""")
_KINDS = {".html": "page", ".htm": "page", ".js": "script", ".mjs": "script"}
_LARGEST = {"page": 256 * 1024, "script": 2 * 1024 * 1024}
_MOST_READ = {"page": 1024 * 1024, "script": 16 * 1024 * 1024}
"""Bytes that are read: a megabyte of nothing but tags takes some seconds."""
_MOST_FOUND = 100
_MOST_WEIGHED = 5_000
"""Addresses in one script that are compared with the package and its policy."""


def judge(manifest: Manifest, files: Mapping[str, bytes]) -> list[Finding]:
    """Findings in HTML and JavaScript, in the files' order: a hundred that refuse a package, and a hundred warnings.

    A page above 256 KB, a script above 2 MB, and what goes beyond a megabyte of pages or 16 of scripts, are named and not read: the content
    policy blocks there what is not named here.
    """
    errors: list[Finding] = []
    warnings: list[Finding] = []
    unread: list[Finding] = []
    left = dict(_MOST_READ)
    for name in sorted(files):
        kind = next((kind for ending, kind in _KINDS.items() if name.endswith(ending)), None)
        if kind is None:
            continue
        if len(files[name]) > min(_LARGEST[kind], left[kind]):
            unread.append(finding("HS2108", file=name, most=f"{_LARGEST[kind] // 1024} KB"))
            continue
        if len(errors) >= _MOST_FOUND:
            break
        left[kind] -= len(files[name])
        text = files[name].decode("utf-8", "replace")
        for one in _page(name, text, manifest, files) if kind == "page" else _script(name, text, manifest, files):
            (warnings if one.rule in WARNINGS else errors).append(one)
    return [*errors[:_MOST_FOUND], *unread[:_MOST_FOUND], *warnings[:_MOST_FOUND]]


def allowed(sources: list[str], host: str) -> bool:
    """Whether a CSP source list lets `scheme://host[:port]` through; `https://*.example.vn` covers one label or more."""
    scheme, name, port = _parts(host)
    for source in sources:
        given_scheme, given_name, given_port = _parts(source.replace("*.", "", 1))
        same_host = name.endswith(f".{given_name}") if "*." in source else name == given_name
        if same_host and scheme == given_scheme and port == given_port:
            return True
    return False


@lru_cache(maxsize=1_000)
def _parts(address: str) -> tuple[str, str, int | None]:
    """Nothing at all for an address no browser would call."""
    try:
        given = urlsplit(address)
        port = given.port
    except ValueError:
        return "", "", None
    return given.scheme, given.hostname or "", port


def _page(name: str, text: str, manifest: Manifest, files: Mapping[str, bytes]) -> list[Finding]:
    page = _Page(name, manifest, files)
    with suppress(_EnoughFound):
        page.feed(text)
    return page.found


def _script(name: str, text: str, manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Finding]:
    lines = _Lines(text)
    absent = ((match, _absent(name, match[1], files)) for match in islice(_OWN.finditer(text), _MOST_WEIGHED))
    called = islice(_HOST.finditer(text), _MOST_WEIGHED)
    blocked = (match for match in called if not allowed(manifest.hs.csp.connect, match[1]))
    for match in islice(_EVAL.finditer(text), _MOST_FOUND):
        yield finding("HS2104", file=name, line=lines.of(match.start()))
    for match in islice(_IMPORT.finditer(text), _MOST_FOUND):
        yield finding("HS2103", file=name, line=lines.of(match.start()))
    for match in islice(blocked, _MOST_FOUND):
        yield finding("HS2105", file=name, line=lines.of(match.start()), host=match[1], member="connect")
    for match, path in islice(((match, path) for match, path in absent if path), _MOST_FOUND):
        yield finding("HS2107", file=name, line=lines.of(match.start(1)), path=path)


def _absent(name: str, address: str, files: Mapping[str, bytes]) -> str:
    """The path that a page or script of the package means, where the package does not hold it; else nothing."""
    try:
        given = urlsplit(address.strip())
    except ValueError:
        return ""
    if given.scheme or given.netloc or not given.path or given.path.startswith("/"):
        return ""
    path = normpath(join(dirname(name), unquote(given.path)))
    return "" if path in files or path.endswith(".d.ts") else path[:200]  # types stand in comments; no browser asks for them


class _EnoughFound(Exception):
    """A page has more findings than anybody will read."""


class _Lines:
    """Where each line of a text begins, counted once: a script may have a finding in every line."""

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def of(self, place: int) -> int:
        return bisect_left(self._ends, place) + 1


class _Page(HTMLParser):
    """One page."""

    def __init__(self, name: str, manifest: Manifest, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.found: list[Finding] = []
        self._said: Counter[str] = Counter()
        self._name = name
        self._files = files
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
        wanted = given.get("href", "") if tag == "link" and "stylesheet" in given.get("rel", "") else given.get("src", "")
        if tag in {"script", "img", "link"} and (path := _absent(self._name, wanted, self._files)):
            self._say("HS2107", path=path)
        source = given.get("src", "")
        if tag == "img" and source.startswith("https://") and not allowed(self._images, source):
            self._say("HS2105", host=f"https://{re.split('[/?#]', source[8:208], maxsplit=1)[0]}", member="img")

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self._say("HS2101")
            self._in_script = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False

    def _say(self, rule: str, **values: str) -> None:
        self._said[rule] += 1
        if self._said[rule] > _MOST_FOUND:
            if rule in WARNINGS:  # these must not hide what refuses the package
                return
            raise _EnoughFound
        self.found.append(finding(rule, file=self._name, line=self.getpos()[0], **values))


def _foreign(address: str) -> bool:
    return address.startswith(("http://", "https://", "//"))
