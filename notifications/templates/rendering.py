"""Fills a template's places; a template may come from a stranger, so only names are replaced and nothing is evaluated."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hanoismart.text import Text
from notifications.preferences.categories import Category

_PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,40})\}")
Value = str | int

POINTER = Text(vi="Bạn có thông báo mới trên HanoiSmart", en="You have a new message in HanoiSmart")


@dataclass(frozen=True, slots=True)
class Template:
    """A message in both languages with places like `{amount}`.

    `sensitive`: a push says only that something waits; the words stay in the inbox.
    """

    key: str
    category: Category
    title: Text
    body: Text
    sensitive: bool = False

    def places(self) -> frozenset[str]:
        return frozenset(_PLACE.findall(f"{self.title.vi}\n{self.title.en}\n{self.body.vi}\n{self.body.en}"))


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str


def render(template: Template, data: Mapping[str, Value], locale: str) -> Message:
    return Message(_fill(template.title.in_(locale), data, locale), _fill(template.body.in_(locale), data, locale))


def render_push(template: Template, data: Mapping[str, Value], locale: str) -> Message:
    """What may stand on a locked screen."""
    return Message(POINTER.in_(locale), "") if template.sensitive else render(template, data, locale)


def _fill(sentence: str, data: Mapping[str, Value], locale: str) -> str:
    def value(match: re.Match[str]) -> str:
        found = data.get(match[1], "")
        return grouped(found, locale) if isinstance(found, int) else found

    return _PLACE.sub(value, sentence)


def grouped(number: int, locale: str) -> str:
    """Digits in threes, as each language writes them: 15.000 in Vietnamese, 15,000 in English."""
    return f"{number:,}" if locale == "en" else f"{number:,}".replace(",", ".")
