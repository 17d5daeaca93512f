"""Turning whatever was handed in into plain JSON values of bounded size, before anything else looks at them."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_VALUES = 20_000
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # controls but tab and line feed; lone surrogates
_MAX_INTEGER = 2**53 - 1  # what every JSON reader can hold exactly (RFC 7493, section 2.2)


@dataclass(slots=True)
class Reading:
    """The plain document, if there is one, and what was wrong on the way: pairs of rule id and JSON pointer (RFC 6901)."""

    document: dict[str, object] | None = None
    faults: list[tuple[str, str]] = field(default_factory=list)


def pointer(*parts: str | int) -> str:
    """The JSON pointer of a place."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def read(source: Mapping[str, object] | bytes | str) -> Reading:
    """Never raises: hostile bytes and hostile objects end as faults."""
    reading = Reading()
    value: object = source
    if isinstance(source, str | bytes | bytearray | memoryview):
        value = _decoded(source, reading)
    if reading.faults:
        return reading
    copy = _Copy(reading)
    plain = copy.of(value, "", 0)
    if not isinstance(plain, dict):
        reading.faults[:] = reading.faults or [("HS1001", "")]
    elif not copy.stopped:
        reading.document = plain
    return reading


def _decoded(source: str | bytes | bytearray | memoryview, reading: Reading) -> object:
    if len(source) > MAX_BYTES:
        reading.faults.append(("HS1002", ""))
        return None
    duplicates: list[str] = []

    def pairs(members: list[tuple[str, object]]) -> dict[str, object]:
        seen = dict(members)
        if len(seen) != len(members):
            names = [name for name, _ in members]
            duplicates.extend({name for name in names if names.count(name) > 1} if len(names) < 1000 else names[:1])
        return seen

    try:
        text = source if isinstance(source, str) else bytes(source).decode("utf-8")
        value: object = json.loads(text, object_pairs_hook=pairs, parse_int=_integer)
    except RecursionError:
        reading.faults.append(("HS1002", ""))
        return None
    except ValueError:
        reading.faults.append(("HS1001", ""))
        return None
    reading.faults.extend(("HS1008", pointer(name)) for name in sorted(duplicates)[:20])
    return value


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= 17 else math.inf


class _Copy:
    """Copies JSON values, counting as it goes, so that depth, size and cycles cannot hurt."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._values = 0
        self.stopped = False

    def of(self, value: object, place: str, depth: int) -> object:
        self._values += 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            self._stop(place)
        if self.stopped or value is None or isinstance(value, bool):
            return value if isinstance(value, bool) else None
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, int | float):
            return self._number(value, place)
        return self._container(value, place, depth)

    def _container(self, value: object, place: str, depth: int) -> object:
        if isinstance(value, Mapping):
            return self._members(value, place, depth)
        if isinstance(value, list | tuple):
            return [self.of(one, f"{place}/{index}", depth + 1) for index, one in enumerate(value[: MAX_VALUES + 1])]
        self._fault("HS1005", place)
        return None

    def _members(self, value: Mapping[object, object], place: str, depth: int) -> dict[str, object]:
        plain: dict[str, object] = {}
        for key, one in value.items():
            if self.stopped:
                break
            if not isinstance(key, str):
                self._fault("HS1005", place)
                continue
            name = self._text(key, place)
            plain[name] = self.of(one, place + pointer(name), depth + 1)
        return plain

    def _text(self, value: str, place: str) -> str:
        self._values += len(value) // 64
        if self._values > MAX_VALUES:
            self._stop(place)
        if _UNPRINTABLE.search(value) is None:
            return str(value)
        self._fault("HS1006", place)
        return _UNPRINTABLE.sub("\ufffd", value)

    def _stop(self, place: str) -> None:
        if not self.stopped:
            self._fault("HS1002", place)
        self.stopped = True

    def _number(self, value: float, place: str) -> int | float | None:
        if not math.isfinite(value) or abs(value) > _MAX_INTEGER:
            self._fault("HS1007", place)
            return None
        return value

    def _fault(self, rule: str, place: str) -> None:
        if len(self._reading.faults) < 100:
            self._reading.faults.append((rule, place[:300]))
