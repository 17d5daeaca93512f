"""The matrix as the settings screen reads and writes it."""

from pydantic import Field

from hanoismart.server.schemas import In, Out
from notifications.preferences.categories import Category, Channel


class PreferenceOut(Out):
    category: Category
    name: str
    mandatory: bool
    channels: dict[Channel, bool]


class PreferencesOut(Out):
    items: list[PreferenceOut]


class PreferenceIn(In):
    category: Category
    channel: Channel
    enabled: bool


class PreferencesIn(In):
    items: list[PreferenceIn] = Field(min_length=1, max_length=len(Category) * len(Channel))
