"""What a hostile package may cost whoever checks it: seconds and megabytes, whatever its pages, scripts, words and icons are made of."""

import json
from hashlib import sha256
from time import thread_time
from typing import Any

import pytest
from test_package import files, png

from hanoismart.package import PackageRefused, archive, code, of_files, read

HOSTILE = {
    "blanks between tags": b"<a>" * 6_000_000,
    "brackets alone": b"<" * 16_000_000,
    "pictures of everywhere": b"<img src=https://a.example/x>" * 600_000,
    "comments that never end": b"<!--" * 4_000_000,
    "attributes": b"<a b=c " * 2_500_000,
}
SCRIPTS = {
    "an import and blanks": b"import" + b" " * 2_000_000,
    "lines after from": b"from" + b"\n" * 2_000_000,
    "imports that are there": b'from"./app.js";' * 130_000,
    "calls to everywhere": b"".join(b'fetch("https://a%d.example");' % number for number in range(65_000)),
    "requests that open nothing": b"XMLHttpRequest" * 140_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_huge_page_costs_no_more_than_a_few_seconds(kind: str) -> None:
    content, size = HOSTILE[kind], 250 * 1024
    whole = {"index.html": content}
    pieces = {f"p{number:03}.html": content[number * size : (number + 1) * size] for number in range(len(content) // size)}
    manifest = of_files(files()).manifest
    for held in (whole, pieces):
        started = thread_time()
        found = code.judge(manifest, held)
        assert thread_time() - started < 8  # unbounded, 16 MB of pages keep a processor busy for half a minute
        unread = [one for one in found if one.rule == "HS2108"]
        assert {one.file for one in unread} <= held.keys()
        assert unread
        assert "256 KB" in unread[0].fix.en
        assert {one.rule for one in found} <= {"HS2108", "HS2105", "HS2102", "HS2101"}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_a_script_made_to_confuse_the_reader_costs_no_more_than_a_few_seconds(kind: str) -> None:
    manifest = of_files(files()).manifest
    started = thread_time()
    code.judge(manifest, {"app.js": b"", "evil.js": SCRIPTS[kind]})
    assert thread_time() - started < 5  # matched in many ways, blanks alone take hours


def test_words_and_lists_that_would_fill_the_memory_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    known = json.loads

    def loads(text: str | bytes, **more: Any) -> object:
        asked.append(len(text))
        return known(text, **more)

    monkeypatch.setattr(json, "loads", loads)
    huge = b'{"a":[' + b",".join([b"[]"] * 700_000) + b"]}"
    many = {f"i18n/e{one}.json": b'{"a":"%s"}' % (b"x" * 900_000) for one in "abcdef"}
    for held, refused in (({"i18n/en.json": huge}, ["i18n/en.json"]), (many, ["i18n/ee.json", "i18n/ef.json"])):
        with pytest.raises(PackageRefused) as seen:
            of_files(files(**held))
        assert [(one.rule, one.file) for one in seen.value.findings] == [("HS2027", name) for name in refused]
    made = of_files(files())
    listed = b"[" + b",".join(b'"%s"' % sha256(b"%d" % number).hexdigest().encode() for number in range(30_000)) + b"]"
    with pytest.raises(PackageRefused) as seen:
        read(archive.write({**made.files, "META/files.json": listed}))
    assert [one.rule for one in seen.value.findings] == ["HS2030"]
    assert max(asked) <= 1024 * 1024


def test_twenty_of_the_largest_icons_are_looked_at_within_seconds() -> None:
    document = json.loads(files()["manifest.json"])
    document["icons"] = [{"src": f"common/{number}.png", "sizes": "any"} for number in range(20)]
    side = png(2048, 2048)
    held = {f"common/{number}.png": side for number in range(20)}
    started = thread_time()
    of_files(files(**{"manifest.json": json.dumps(document).encode()}, **held))
    assert thread_time() - started < 8
    with pytest.raises(PackageRefused) as seen:
        of_files(files(**{"common/logo.png": png(2049, 2048)}))
    assert [one.rule for one in seen.value.findings] == ["HS2025"]


@pytest.mark.parametrize("address", ["https://[", "https://a.example:abc", "https://a.example:99999999", "https://[::1]:x/"])
def test_an_address_that_is_none_is_blocked_like_any_other(address: str) -> None:
    page, script = f'<img src="{address}">'.encode(), f'fetch("{address}")\nimport("{address}")'.encode()
    found = code.judge(of_files(files()).manifest, {"index.html": page, "app.js": script})
    assert {(one.rule, one.file) for one in found} >= {("HS2105", "index.html"), ("HS2105", "app.js")}


def test_what_is_too_large_to_be_checked_is_said_and_the_rest_is_checked() -> None:
    noted = of_files(files(**{"big.html": b"<p>" * 100_000, "small.html": b"<p>"})).warnings
    assert [(one.rule, one.file) for one in noted] == [("HS2108", "big.html")]
    with pytest.raises(PackageRefused) as refused:
        of_files(files(**{"big.html": b"<p>" * 100_000, "small.html": b"<p onclick=x>"}))
    assert [(one.rule, one.file) for one in refused.value.findings] == [("HS2102", "small.html")]
