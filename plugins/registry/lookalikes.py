"""Names that look the same to a hurried eye: marks, case, and letters that stand for others are folded away (UTS 39, section 4)."""

import re
import unicodedata
from typing import Final

from hanoismart.folding import fold
from hanoismart.manifest import Manifest

# Within Latin letters and digits; other scripts are not allowed in names at all (UTS 39, section 5.1: single script).
_PROTOTYPES: Final = (
    ("rn", "m"),
    ("vv", "w"),
    ("cl", "d"),
    ("0", "o"),
    ("1", "l"),
    ("|", "l"),
    ("i", "l"),
    ("5", "s"),
    ("8", "b"),
    ("2", "z"),
)
_GENERIC: Final = frozenset({"ha", "noi", "hanoi", "app", "smart", "thanh", "pho", "the", "of", "city", "cua", "toi", "va"})


def skeleton(name: str) -> str:
    """What is left of a name when everything that can be mistaken is made equal; names with equal skeletons are look-alikes."""
    plain = re.sub(r"[^a-z0-9|]", "", fold(unicodedata.normalize("NFKC", name)).lower())
    for letters, prototype in _PROTOTYPES:
        plain = plain.replace(letters, prototype)
    return plain[:200]


def skeletons(manifest: Manifest) -> frozenset[str]:
    """The skeletons of every name a manifest shows."""
    shown = (manifest.localised(locale) for locale in ("vi", "en"))
    return frozenset(mark for one in shown for name in (one.name, one.short_name) if len(mark := skeleton(name)) >= 3)


def foreign_letters(name: str) -> bool:
    """Whether a name has letters of another script than Latin: the usual dress of a forgery."""
    return any(letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN") for letter in unicodedata.normalize("NFKC", name))


def distinct_words(name: str) -> frozenset[str]:
    """The folded words of a name that tell it from others."""
    return frozenset(re.findall(r"[a-z0-9]+", fold(name).lower())) - _GENERIC
