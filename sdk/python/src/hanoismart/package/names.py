"""What a file in a package may be called, so that it means the same file on every system."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from hanoismart.manifest.rules import Finding
from hanoismart.package import limits
from hanoismart.package.rules import finding

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # names Windows keeps for itself


def is_safe(name: str) -> bool:
    """Whether a name is relative, stays inside, and holds nothing a file system would read otherwise."""
    if not name or len(name.encode("utf-8", "surrogatepass")) > limits.NAME or _FORBIDDEN.search(name):
        return False
    if any(unicodedata.category(letter) in {"Cf", "Cs", "Co"} for letter in name):
        return False
    parts = name.split("/")
    return all(part and part not in {".", ".."} and part[-1] not in ". " and not _DEVICES.fullmatch(part) for part in parts)


def judge(names: Iterable[str]) -> Iterator[Finding]:
    """Findings of names that are unsafe, stand twice, or are equal to the eye of some file system."""
    exact: set[str] = set()
    folded: dict[str, str] = {}
    for name in names:
        if not is_safe(name):
            yield finding("HS2011", file=name)
            continue
        if name in exact:
            yield finding("HS2012", file=name)
            continue
        exact.add(name)
        mark = unicodedata.normalize("NFC", name).casefold()
        if mark in folded:
            yield finding("HS2013", file=name)
        folded.setdefault(mark, name)
    for name in sorted(exact):
        parents = ("/".join(name.split("/")[:depth]) for depth in range(1, name.count("/") + 1))
        if any(unicodedata.normalize("NFC", parent).casefold() in folded for parent in parents):
            yield finding("HS2013", file=name)  # a file where another needs a folder
