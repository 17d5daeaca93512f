"""The one judge of a manifest, for the command line, the portal, continuous integration and the gateway alike."""

import json
import re
from collections.abc import Iterable, Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hanoismart.manifest.checks import across
from hanoismart.manifest.model import Manifest
from hanoismart.manifest.reading import pointer, read
from hanoismart.manifest.rules import Finding, finding
from hanoismart.scopes import PERMISSIONS, SCOPES

MAX_FINDINGS = 100

# Which rule a bad value breaks, by the place it stands at (indices and free names as *). First match wins.
_PLACES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(place), rule)
    for place, rule in (
        (r"/app_id", "HS1010"),
        (r"/version/code|/platform_version/\w+", "HS1011"),
        (r"/version/name", "HS1012"),
        (r"/lang", "HS1014"),
        (r"/dir|/color_scheme|/window/.*", "HS1015"),
        (r"/name|/short_name|/description|/hs/i18n/\w+/\w*(name|description)|/icons/\*/label|/widgets/\*/name|/device_type/\*", "HS1016"),
        (r"/icons", "HS1020"),
        (r"/icons/\*/src", "HS1021"),
        (r"/icons/\*/sizes", "HS1022"),
        (r"/pages", "HS1030"),
        (r"/pages/\*", "HS1031"),
        (r"/widgets/\*/path", "HS1033"),
        (r"/hs/scopes/\*/scope", "HS1040"),
        (r"/hs/scopes/\*/purpose(/\w+)?", "HS1042"),
        (r"/req_permissions/\*/name", "HS1044"),
        (r"/req_permissions/\*/reason|/hs/i18n/\w+/reason/.*", "HS1045"),
        (r"/hs/i18n/.*", "HS1087"),
        (r"/hs/webhooks/events/\*", "HS1051"),
        (r"/hs/webhooks/url", "HS1052"),
        (r"/hs/csp/\w+/\*", "HS1060"),
        (r"/hs/backend/base_url", "HS1061"),
        (r"/hs/backend/health", "HS1062"),
        (r"/hs/backend/timeout_ms", "HS1063"),
        (r"/hs/backend/openapi", "HS1064"),
        (r"/hs/backend/public/\*", "HS1065"),
        (r"/hs/backend/stale_if_error/\*/(route|seconds)", "HS1068"),
        (r"/hs/backend/max_answer_bytes", "HS1069"),
        (r"/hs/notifications/\*/template", "HS1070"),
        (r"/hs/notifications/\*/(vi|en)", "HS1071"),
        (r"/hs/notifications/\*/params/\*", "HS1073"),
        (r"/hs/payments/agency_code", "HS1080"),
        (r"/hs/support/\w+", "HS1082"),
        (r"/hs/privacy_url", "HS1083"),
        (r"/hs/category", "HS1084"),
        (r"/hs/audience(/\*)?", "HS1085"),
        (r"/hs/min_assurance", "HS1086"),
    )
)
# A member missing at these places is a language missing, not merely a member.
_LANGUAGE_PLACES = re.compile(r"/hs/scopes/\*/purpose/(vi|en)|/hs/notifications/\*/(vi|en)|/req_permissions/\*/reason")
_TOO_MANY = ("too_long",)


class ManifestInvalid(ValueError):
    """A manifest that breaks rules; `findings` holds every one that was found."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("the manifest breaks " + ", ".join(sorted({one.rule for one in self.findings})))


def validate(document: Mapping[str, object] | bytes | str) -> list[Finding]:
    """Every breach that was found, in the document's order; an empty list means the manifest holds. Never raises."""
    return _judge(document)[1]


def parse(document: Mapping[str, object] | bytes | str) -> Manifest:
    """The manifest as a value; raises ManifestInvalid with the findings where it breaks a rule."""
    manifest, findings = _judge(document)
    if manifest is None or findings:
        raise ManifestInvalid(findings)
    return manifest


def _judge(document: Mapping[str, object] | bytes | str) -> tuple[Manifest | None, list[Finding]]:
    reading = read(document)
    findings = [finding(rule, place) for rule, place in reading.faults]
    if reading.document is None:
        return None, findings
    manifest = None
    try:
        manifest = Manifest.model_validate_json(json.dumps(reading.document))
    except ValidationError as refused:
        known = {one.pointer for one in findings}
        told = (_told(error) for error in refused.errors(include_url=False, include_input=False, include_context=False))
        findings += [one for one in told if one.pointer not in known]
    findings += across(reading.document)
    return manifest, _first_of_each(findings)


def _first_of_each(findings: Iterable[Finding]) -> list[Finding]:
    return list({(one.rule, one.pointer): one for one in findings}.values())[:MAX_FINDINGS]


def _told(error: ErrorDetails) -> Finding:
    parts = tuple(part for part in error["loc"] if part != "[key]")
    place = "".join("/*" if isinstance(part, int) else f"/{part}" for part in parts)
    rule = _rule(error["type"], place)
    known = ", ".join(SCOPES if rule == "HS1040" else PERMISSIONS)
    return finding(rule, pointer(*parts), known=known, language="en", event="")


def _rule(kind: str, place: str) -> str:
    if kind == "missing":
        return _at(place) if _LANGUAGE_PLACES.fullmatch(place) else "HS1003"
    if kind == "extra_forbidden":
        return "HS1004"
    if kind.endswith("_type") or kind in {"int_from_float", "int_parsing", "model_attributes_type"}:
        return "HS1005"
    if kind in _TOO_MANY:
        return "HS1088"
    return _at(place)


def _at(place: str) -> str:
    return next((rule for pattern, rule in _PLACES if pattern.fullmatch(place)), "HS1009")
