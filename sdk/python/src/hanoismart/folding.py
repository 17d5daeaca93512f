"""One spelling for every Vietnamese word, with and without its marks, so that a search finds what was meant on any server."""

import re
import unicodedata

_TONES = "\u0300\u0301\u0309\u0303\u0323"  # grave, acute, hook above, tilde, dot below
_ETH = str.maketrans({"ð": "đ"})  # U+00F0 looks like đ and is typed by mistake
_D = str.maketrans({"đ": "d"})  # the stroke is no combining mark, so decomposition leaves it
_LATE = "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in "aey" for tone in _TONES)
# An open syllable in oa, oe, uy whose mark stands on the second vowel; in quý the u belongs to the consonant.
_LATE_TONE = re.compile(rf"(?<!q)(?:(o)([{_LATE[:10]}])|(u)([{_LATE[10:]}]))(?![^\W\d_])")


def search_copy(text: str) -> str:
    """The text in NFC, in lower case and with one tone spelling (hoà and hòa become hòa); marks stay."""
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower()).translate(_ETH)
    return unicodedata.normalize("NFC", _LATE_TONE.sub(_tone_on_first_vowel, lowered))


def fold(text: str) -> str:
    """The search copy without any mark: what a person types who leaves the marks out."""
    decomposed = unicodedata.normalize("NFD", search_copy(text))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare.translate(_D))


def _tone_on_first_vowel(match: re.Match[str]) -> str:
    first = match[1] or match[3]
    second = unicodedata.normalize("NFD", match[2] or match[4])
    return first + second[1] + second[0]
