"""The rules that hold between members; they look at the plain document, so that one broken member does not hide the rest."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from hanoismart.manifest import grammar
from hanoismart.manifest.reading import pointer
from hanoismart.manifest.rules import Finding, finding
from hanoismart.scopes import PERMISSIONS, SCOPES

REQUIRED_EVENTS: Final = ("consent.revoked", "account.erased")
_LANGUAGES: Final = ("vi", "en")


def across(document: dict[str, object]) -> list[Finding]:
    """Findings of every rule below; members of the wrong type are skipped, the types themselves are judged elsewhere."""
    return [one for check in _CHECKS for one in check(document)]


def _object(value: object, *path: str) -> dict[str, object]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _list(value: object, *path: str) -> list[object]:
    found = _object(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, list) else []


def _named(document: dict[str, object], *path: str, key: str) -> Iterator[tuple[int, str, dict[str, object]]]:
    """The objects of a list that carry a text under `key`, with their index."""
    for index, one in enumerate(_list(document, *path)):
        if isinstance(one, dict) and isinstance(name := one.get(key), str):
            yield index, name, one


def _languages(document: dict[str, object]) -> frozenset[str]:
    """The languages the W3C members do not speak: what hs.i18n must add."""
    lang = document.get("lang", "vi")
    own = lang.lower().split("-", 1)[0] if isinstance(lang, str) else "vi"
    return frozenset(_LANGUAGES) - {own}


def _platform(document: dict[str, object]) -> Iterator[Finding]:
    version = _object(document, "platform_version")
    low, target = version.get("min_code"), version.get("target_code")
    if isinstance(low, int) and isinstance(target, int) and target < low:
        yield finding("HS1013", "/platform_version/target_code")


def _scopes(document: dict[str, object]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, name, request in _named(document, "hs", "scopes", key="scope"):
        if name not in SCOPES:
            yield finding("HS1040", pointer("hs", "scopes", index, "scope"), known=", ".join(SCOPES))
        if name in seen:
            yield finding("HS1041", pointer("hs", "scopes", index, "scope"))
        seen.add(name)
        for language in _LANGUAGES:
            text = _object(request, "purpose").get(language)
            if isinstance(text, str) and len(text) >= 5 and len(re.findall(r"[^\W\d_]", text)) < 3:
                yield finding("HS1043", pointer("hs", "scopes", index, "purpose", language))
    if "payments.charge" in seen and _object(document, "hs", "payments").get("enabled") is not True:
        yield finding("HS1081", "/hs/payments/enabled")


def _subscriptions(document: dict[str, object]) -> Iterator[Finding]:
    webhooks = _object(document, "hs", "webhooks")
    events = _list(webhooks, "events")
    if _list(document, "hs", "scopes"):
        for event in REQUIRED_EVENTS:
            if event not in events:
                yield finding("HS1050", "/hs/webhooks/events", event=event)
    if events and "url" not in webhooks and not _object(document, "hs", "backend"):
        yield finding("HS1053", "/hs/webhooks/url")


def _permissions(document: dict[str, object]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, name, _ in _named(document, "req_permissions", key="name"):
        if name not in PERMISSIONS:
            yield finding("HS1044", pointer("req_permissions", index, "name"), known=", ".join(PERMISSIONS))
        if name in seen:
            yield finding("HS1046", pointer("req_permissions", index, "name"))
        seen.add(name)
        for language in sorted(_languages(document)):
            if name not in _object(document, "hs", "i18n", language, "reason"):
                yield finding("HS1045", pointer("req_permissions", index, "reason"), language=language)
    for language in _LANGUAGES:
        for name in _object(document, "hs", "i18n", language, "reason"):
            if name not in seen:
                yield finding("HS1049", pointer("hs", "i18n", language, "reason", name))


def _names(document: dict[str, object]) -> Iterator[Finding]:
    for language in sorted(_languages(document)):
        own = _object(document, "hs", "i18n", language)
        if "name" in document and "name" not in own:
            yield finding("HS1047", "/name", language=language)
        if "description" in document and "description" not in own:
            yield finding("HS1048", "/description", language=language)


def _repeated(document: dict[str, object]) -> Iterator[Finding]:
    places = (("pages",), ("hs", "audience"), ("hs", "webhooks", "events"), ("hs", "backend", "public"), ("hs", "csp", "connect"))
    for path in places:
        seen: set[object] = set()
        for index, one in enumerate(_list(document, *path)):
            if isinstance(one, str) and one in seen:
                yield finding("HS1032", pointer(*path, index))
            seen.add(one if isinstance(one, str) else None)


def _facets(document: dict[str, object]) -> Iterator[Finding]:
    hs = _object(document, "hs")
    if hs.get("ui") == "none" and "backend" not in hs:
        yield finding("HS1067", "/hs/ui")


def _templates(document: dict[str, object]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, name, template in _named(document, "hs", "notifications", key="template"):
        if name in seen:
            yield finding("HS1070", pointer("hs", "notifications", index, "template"))
        seen.add(name)
        params = [one for one in _list(template, "params") if isinstance(one, str)]
        if len(set(params)) != len(params):
            yield finding("HS1073", pointer("hs", "notifications", index, "params"))
        for language in _LANGUAGES:
            text = template.get(language)
            if isinstance(text, str) and grammar.placeholders(text) != set(params):
                yield finding("HS1072", pointer("hs", "notifications", index, language))


_CHECKS: Final[tuple[Callable[[dict[str, object]], Iterator[Finding]], ...]] = (
    _platform,
    _names,
    _permissions,
    _scopes,
    _subscriptions,
    _repeated,
    _facets,
    _templates,
)
