"""Page cursors signed with the keys of the moment, so that a rotation needs no restart."""

from collections.abc import Sequence
from functools import lru_cache

from hanoismart.server.paging import Cursors
from kernel import key_file
from kernel.settings import Settings, parse_keys


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[bytes, ...]:
    keys, current = parse_keys(text)
    return (keys[current], *(key for key_id, key in keys.items() if key_id != current))


class LiveCursors(Cursors):
    """Each use asks for the keys of the keys file, or of these settings where it names none. Raises ValueError."""

    def __init__(self, chosen: Settings) -> None:
        super().__init__(*_parsed(chosen.cursor_key))
        self._line = chosen.cursor_key

    def keys(self) -> Sequence[bytes]:
        return _parsed(key_file.line("cursor", self._line))
