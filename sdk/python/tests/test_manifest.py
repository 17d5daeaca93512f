"""The manifest: a good one passes, every rule has a breach that finds it, and no input makes the validator raise."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanoismart.manifest import RULES, ManifestInvalid, needs_reconsent, newly_asked, parse, purpose_hash, schema, validate
from hanoismart.manifest.__main__ import main
from hanoismart.manifest.example import EXAMPLE as GOOD
from hanoismart.manifest.example import HS
from hanoismart.manifest.schema import schema_text
from hanoismart.text import Text

SPEC = Path(__file__).parents[2] / "spec" / "miniapp-manifest-1.json"
NOTHING = object()
TEMPLATE = {"template": "parking.expiring", "vi": "Hết giờ", "en": "Time is up"}
NAME = {"scope": "profile.name", "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}}


def changed(pointer: str, value: object) -> dict[str, object]:
    """The good manifest with one place set, or removed with NOTHING."""
    document = copy.deepcopy(GOOD)
    place: object = document
    *path, last = pointer.strip("/").split("/")
    for step in path:
        place = place[int(step)] if isinstance(place, list) else place[step]  # type: ignore[index] # the test names real places
    key = int(last) if isinstance(place, list) else last
    if value is NOTHING:
        del place[key]  # type: ignore[attr-defined] # as above
    elif isinstance(place, list) and key == len(place):
        place.append(value)
    else:
        place[key] = value  # type: ignore[index] # as above
    return document


BREACHES: list[tuple[str, str, object]] = [
    ("HS1003", "/hs/support", NOTHING),
    ("HS1003", "/version/code", NOTHING),
    ("HS1004", "/hs/sandbox", True),
    ("HS1004", "/hs/backend/module", "miniapps.parking"),
    ("HS1005", "/version/code", "12"),
    ("HS1005", "/version/code", 1.5),
    ("HS1005", "/hs/scopes", {}),
    ("HS1005", "/hs/payments/enabled", 1),
    ("HS1006", "/name", "Đỗ\x00xe"),
    ("HS1007", "/version/code", 2**60),
    ("HS1009", "/hs/ui", "flash"),
    ("HS1010", "/app_id", "vn.Hanoi.parking"),
    ("HS1010", "/app_id", "parking"),
    ("HS1010", "/app_id", "vn.hanoi.parking\n"),
    ("HS1011", "/version/code", 0),
    ("HS1012", "/version/name", "1.4"),
    ("HS1012", "/version/name", "1.04.0"),
    ("HS1013", "/platform_version/target_code", 0),
    ("HS1014", "/lang", "tiếng Việt"),
    ("HS1015", "/dir", "up"),
    ("HS1016", "/name", ""),
    ("HS1020", "/icons", []),
    ("HS1021", "/icons/0/src", "../logo.png"),
    ("HS1021", "/icons/0/src", "https://elsewhere.example/logo.png"),
    ("HS1022", "/icons/0/sizes", "big"),
    ("HS1030", "/pages", []),
    ("HS1031", "/pages/0", "/pages/find"),
    ("HS1031", "/pages/0", "pages/../../etc"),
    ("HS1032", "/pages/2", "pages/find"),
    ("HS1033", "/widgets", [{"name": "Bãi gần", "path": "../near"}]),
    ("HS1040", "/hs/scopes/0/scope", "profile.everything"),
    ("HS1041", "/hs/scopes/1", NAME),
    ("HS1042", "/hs/scopes/0/purpose/en", NOTHING),
    ("HS1042", "/hs/scopes/0/purpose/vi", ""),
    ("HS1043", "/hs/scopes/0/purpose/vi", "....... !"),
    ("HS1044", "/req_permissions/0/name", "location.always"),
    ("HS1045", "/hs/i18n/en/reason", NOTHING),
    ("HS1045", "/req_permissions/0/reason", NOTHING),
    ("HS1046", "/req_permissions/1", {"name": "location.coarse", "reason": "Một lần nữa"}),
    ("HS1047", "/hs/i18n/en/name", NOTHING),
    ("HS1047", "/lang", "fr"),
    ("HS1048", "/hs/i18n/en/description", NOTHING),
    ("HS1049", "/hs/i18n/en/reason/camera", "Take pictures"),
    ("HS1050", "/hs/webhooks", NOTHING),
    ("HS1050", "/hs/webhooks/events", ["consent.revoked"]),
    ("HS1051", "/hs/webhooks/events/0", "everything.happened"),
    ("HS1052", "/hs/webhooks/url", "http://api.parking.example/hook"),
    ("HS1052", "/hs/webhooks/url", "https://169.254.169.254/latest"),
    ("HS1052", "/hs/webhooks/url", "https://user:secret@api.parking.example/"),
    ("HS1053", "/hs", {"ui": "web", "webhooks": {"events": ["account.erased"]}}),
    ("HS1060", "/hs/csp/connect/0", "*"),
    ("HS1060", "/hs/csp/connect/0", "https://a.example; script-src *"),
    ("HS1060", "/hs/csp/img", ["http://a.example"]),
    ("HS1061", "/hs/backend/base_url", "https://localhost"),
    ("HS1061", "/hs/backend/base_url", "https://api.parking.example/?x=1"),
    ("HS1061", "/hs/backend/base_url", "https://api.parking.example/"),
    ("HS1061", "/hs/backend/base_url", "https://db.internal"),
    ("HS1061", "/hs/backend/base_url", "https://[::1]"),
    ("HS1061", "/hs/backend/base_url", "https://api.parking.example:99999"),
    ("HS1062", "/hs/backend/health", "healthz"),
    ("HS1063", "/hs/backend/timeout_ms", 5),
    ("HS1064", "/hs/backend/openapi", "../openapi.json"),
    ("HS1065", "/hs/backend/public/0", "/parks"),
    ("HS1065", "/hs/backend/public/0", "GET /parks/../admin"),
    ("HS1065", "/hs/backend/public/0", "DELETE /parks"),
    ("HS1065", "/hs/backend/public/0", "GET /**/admin"),
    ("HS1068", "/hs/backend/stale_if_error", [{"route": "POST /parks", "seconds": 5}]),
    ("HS1068", "/hs/backend/stale_if_error", [{"route": "GET /parks", "seconds": 0}]),
    ("HS1069", "/hs/backend/max_answer_bytes", 1),
    ("HS1067", "/hs", {"ui": "none"}),
    ("HS1070", "/hs/notifications/0/template", "Parking Expiring"),
    ("HS1070", "/hs/notifications/1", TEMPLATE),
    ("HS1071", "/hs/notifications/0/en", NOTHING),
    ("HS1072", "/hs/notifications/0/en", "Ticket {spot} ends"),
    ("HS1072", "/hs/notifications/0/vi", "Vé {spot.__class__} còn {minutes}"),
    ("HS1073", "/hs/notifications/0/params/0", "Spot!"),
    ("HS1080", "/hs/payments/agency_code", "H26; drop"),
    ("HS1081", "/hs/scopes/0/scope", "payments.charge"),
    ("HS1082", "/hs/support/email", "nobody"),
    ("HS1083", "/hs/privacy_url", "javascript:alert(1)"),
    ("HS1084", "/hs/category", "casino"),
    ("HS1085", "/hs/audience", []),
    ("HS1086", "/hs/min_assurance", "none"),
    ("HS1087", "/hs/i18n/fr", {}),
    ("HS1088", "/hs/csp/font", ["https://a.example"] * 21),
]


def rules(document: dict[str, object] | bytes) -> set[str]:
    return {one.rule for one in validate(document)}


def test_a_good_manifest_has_no_findings_in_any_form() -> None:
    assert validate(GOOD) == []
    assert validate(json.dumps(GOOD).encode()) == []
    assert validate(json.dumps(GOOD, ensure_ascii=False)) == []


def test_members_of_later_drafts_are_read_over_outside_hs() -> None:
    assert validate(changed("/map", {"x": [1.5, None]})) == []


@pytest.mark.parametrize(("rule", "pointer", "value"), BREACHES)
def test_every_breach_is_found(rule: str, pointer: str, value: object) -> None:
    document = changed(pointer, value)
    if rule == "HS1081":
        document["hs"]["payments"]["enabled"] = False  # type: ignore[index] # a deep copy of GOOD
    found = [one for one in validate(document) if one.rule == rule]
    assert found, f"{rule} not among {validate(document)}"
    assert all(one.pointer.startswith("/") and one.vi and one.en and one.fix.vi and one.fix.en for one in found)
    assert rule in rules(json.dumps(document).encode())
    with pytest.raises(ManifestInvalid) as refused:
        parse(document)
    assert rule in {one.rule for one in refused.value.findings}


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("HS1001", b""),
        ("HS1001", b"[]"),
        ("HS1001", b'"text"'),
        ("HS1001", b"\xff\xfe{\x00}\x00"),
        ("HS1001", b'{"a": 1,}'),
        ("HS1002", b"[" * 200_000),
        ("HS1002", b'{"a":' * 100 + b"1" + b"}" * 100),
        ("HS1002", b" " * 300_000),
        ("HS1007", b'{"version": {"code": ' + b"9" * 100_000 + b"}}"),
        ("HS1007", b'{"version": {"code": NaN}}'),
        ("HS1006", b'{"name": "\\ud800"}'),
        ("HS1006", b'{"name": "a\\u0000b"}'),
        ("HS1008", b'{"app_id": "vn.hanoi.a", "app_id": "vn.hanoi.b"}'),
    ],
)
def test_hostile_bytes_are_named_and_never_raise(rule: str, source: bytes) -> None:
    assert rule in rules(source)


def test_hostile_objects_never_raise() -> None:
    cycle: dict[str, object] = {}
    cycle["hs"] = cycle
    assert "HS1002" in rules(cycle)
    assert "HS1005" in rules({"app_id": object(), "name": b"bytes", "pages": {1, 2}})
    assert "HS1005" in rules({1: 2})  # type: ignore[dict-item] # keys that are no text are the point
    assert "HS1002" in rules({"name": "x" * 5_000_000})


def test_every_rule_has_a_breach_here() -> None:
    in_bytes = {"HS1001", "HS1002", "HS1008"}
    assert {rule for rule, _, _ in BREACHES} | in_bytes == set(RULES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, *HS, "en", "vi", "reason"]) | st.text(), inner),
    max_leaves=15,
)


@settings(deadline=None, max_examples=150)
@given(
    st.one_of(JSON, st.binary(), st.text()),
    st.sampled_from(["", "/hs", "/hs/scopes", "/hs/scopes/0", "/hs/i18n", "/hs/webhooks", "/icons", "/lang"]),
)
def test_anything_gives_findings_and_no_exception(value: object, pointer: str) -> None:
    document = changed(pointer, value) if pointer else value
    for one in validate(document):  # type: ignore[arg-type] # anything at all is the point
        assert one.rule in RULES
        json.dumps(one.as_json())


def test_localised_texts() -> None:
    manifest = parse(GOOD)
    english, vietnamese = manifest.localised("en-GB"), manifest.localised("vi")
    assert (english.name, vietnamese.name) == ("Hanoi Parking", "Đỗ xe Hà Nội")
    assert english.short_name == "Hanoi Parking"
    assert english.reasons == {"location.coarse": "Find car parks near you"}
    assert vietnamese.reasons == {"location.coarse": "Tìm bãi đỗ gần bạn"}
    assert english.purposes == {"profile.name": "Print name on ticket"}
    assert english.description == "Find a car park and buy a ticket"


def test_more_scopes_or_changed_words_need_a_new_consent() -> None:
    old = parse(GOOD)
    assert not needs_reconsent(old, parse(changed("/version/code", 13)))
    reworded = parse(changed("/hs/scopes/0/purpose/en", "Print your name on the ticket"))
    assert newly_asked(old, reworded) == {"profile.name"}
    fewer = parse(changed("/hs/scopes", []))
    assert not needs_reconsent(old, fewer)
    assert newly_asked(fewer, old) == {"profile.name"}
    assert purpose_hash("phone", Text(vi="a", en="b")) != purpose_hash("phone", Text(vi="b", en="a"))


def test_the_published_schema_is_current_and_agrees_with_the_model() -> None:
    assert SPEC.read_text(encoding="utf-8") == schema_text(), "run: python -m hanoismart.manifest schema > sdk/spec/miniapp-manifest-1.json"
    judge = jsonschema.Draft202012Validator(schema())
    judge.check_schema(schema())
    assert judge.is_valid(GOOD)
    assert not judge.is_valid(changed("/hs/sandbox", True))
    assert schema()["$id"] == "/v1/schemas/miniapp/1.json"


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(GOOD), encoding="utf-8")
    assert main(["validate", str(file)]) == 0
    file.write_text("{}", encoding="utf-8")
    assert main(["validate", str(file)]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[0])["rule"] == "HS1003"
    assert main(["validate", str(tmp_path / "missing.json")]) == 2
