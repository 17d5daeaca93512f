"""How a text a person wrote is kept: as typed but in one Unicode form, without the signs that are not there to be read."""

import unicodedata

_INVISIBLE = {"Cc", "Cs", "Co", "Cn"}
_KEPT = "\n\t"


def written(text: str) -> str:
    """The text in NFC. Raises ValueError when it holds control or unassigned characters other than line breaks and tabs."""
    kept = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    if any(unicodedata.category(sign) in _INVISIBLE and sign not in _KEPT for sign in kept):
        raise ValueError("holds characters that cannot be read")
    return kept
